import assert from 'node:assert/strict'
import { createPost, listPosts, login, publishPost, readMe, readPost, refresh, register } from './generated'

const account = { username: 'orval', email: 'orval@example.com', password: 'a passphrase nobody uses' }

assert.equal((await register(account)).status, 201)
const signedIn = await login({ username: account.username, password: account.password })
assert(signedIn.status === 200)
const options = { headers: { Authorization: `Bearer ${signedIn.data.access_token}` } }
const created = await createPost({ title: 'Hello', body: 'A draft.', draft: true }, options)
assert(created.status === 201)
const { id } = created.data
const mine = await listPosts({ status: 'draft' }, options)
assert(mine.status === 200)
assert.deepEqual(
  mine.data.items.map(({ title }) => title),
  ['Hello'],
)
const read = await readPost(id, options)
assert(read.status === 200)
assert.equal(read.data.body, 'A draft.')
const unauthenticated = await readMe()
assert(unauthenticated.status === 401)
assert.equal(unauthenticated.data.code, 'unauthenticated')
const invalid = await createPost({ title: '', body: 'No title.' }, options)
assert(invalid.status === 422)
assert.equal(invalid.data.code, 'invalid-input')
const published = await publishPost(id, undefined, options)
assert(published.status === 200)
assert.equal(typeof published.data.published_at, 'string')
const refreshed = await refresh({ refresh_token: signedIn.data.refresh_token ?? '' })
assert(refreshed.status === 200)
assert.equal(refreshed.data.user.username, account.username)
