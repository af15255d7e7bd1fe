import assert from 'node:assert/strict'
import createClient from 'openapi-fetch'
import type { paths } from './generated'

const api = createClient<paths>({ baseUrl: process.env.POSTERN ?? '' })
const account = { username: 'openapi-fetch', email: 'openapi-fetch@example.com', password: 'a passphrase nobody uses' }

assert.equal((await api.POST('/users/register', { body: account })).response.status, 201)
const login = await api.POST('/users/login', { body: { username: account.username, password: account.password } })
assert(login.data)
const headers = { Authorization: `Bearer ${login.data.access_token}` }
const created = await api.POST('/posts', { headers, body: { title: 'Hello', body: 'A draft.', draft: true } })
assert(created.data)
const path = { id: created.data.id }
const mine = await api.GET('/posts', { headers, params: { query: { status: 'draft' } } })
assert.deepEqual(
  mine.data?.items.map(({ title }) => title),
  ['Hello'],
)
assert.equal((await api.GET('/posts/{id}', { headers, params: { path } })).data?.body, 'A draft.')
const unauthenticated = await api.GET('/users/me')
assert.equal(unauthenticated.error?.code, 'unauthenticated')
const invalid = await api.POST('/posts', { headers, body: { title: '', body: 'No title.' } })
assert.equal(invalid.error?.code, 'invalid-input')
const published = await api.PUT('/posts/{id}/publish', { headers, params: { path } })
assert.equal(typeof published.data?.published_at, 'string')
const refreshed = await api.POST('/users/refresh', { body: { refresh_token: login.data.refresh_token ?? '' } })
assert.equal(refreshed.data?.user.username, account.username)
