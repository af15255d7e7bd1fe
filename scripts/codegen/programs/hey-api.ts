import assert from 'node:assert/strict'
import { createPost, listPosts, login, publishPost, readMe, readPost, refresh, register } from './generated'
import { client } from './generated/client.gen'

client.setConfig({ baseUrl: process.env.POSTERN ?? '' })
const account = { username: 'hey-api', email: 'hey-api@example.com', password: 'a passphrase nobody uses' }

assert.equal((await register({ body: account })).response?.status, 201)
const signedIn = await login({ body: { username: account.username, password: account.password } })
assert(signedIn.data)
const auth = signedIn.data.access_token
const created = await createPost({ auth, body: { title: 'Hello', body: 'A draft.', draft: true } })
assert(created.data)
const path = { id: created.data.id }
const mine = await listPosts({ auth, query: { status: 'draft' } })
assert.deepEqual(
  mine.data?.items.map(({ title }) => title),
  ['Hello'],
)
assert.equal((await readPost({ auth, path })).data?.body, 'A draft.')
assert.equal((await readMe()).error?.code, 'unauthenticated')
const invalid = await createPost({ auth, body: { title: '', body: 'No title.' } })
assert.equal(invalid.error?.code, 'invalid-input')
assert.equal(invalid.error?.errors?.[0]?.detail.length !== 0, true)
assert.equal(typeof (await publishPost({ auth, path })).data?.published_at, 'string')
const refreshed = await refresh({ body: { refresh_token: signedIn.data.refresh_token ?? '' } })
assert.equal(refreshed.data?.user.username, account.username)
