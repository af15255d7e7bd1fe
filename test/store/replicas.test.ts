/** Which requests may read of a replica of D1: those without a token that only read. */
import { env as bindings } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { sessionsOf } from '../support/round-trips.ts'
import { account, call, PASSWORD } from '../support/service.ts'

const isD1 = bindings.STORE === 'd1'
const { token, email, username } = await account()
const { body: post } = await call('POST', '/posts', { token, json: { title: 'Near', body: 'x', visibility: 'public' } })

test.each([
  ['GET', '/posts'],
  ['HEAD', '/posts'],
  ['GET', '/posts?q=near'],
  ['GET', `/posts/${post.id}`],
  ['GET', `/users/${username}`],
])('%s %s without a token reads of the nearest replica', async (method, path) => {
  const sessions = await sessionsOf(async () => expect((await call(method, path)).status).toBe(200))
  expect(sessions).toEqual(isD1 ? ['first-unconstrained'] : [])
})

test.each([
  ['GET', '/posts', { token }],
  ['GET', `/posts/${post.id}`, { token }],
  ['GET', '/users/me', { token }],
  ['GET', '/posts', { token: 'not a token' }],
  ['GET', '/health', {}],
  ['POST', '/users/login', { json: { email, password: PASSWORD } }],
  ['POST', '/users/refresh', { json: { refresh_token: 'x' } }],
  ['POST', '/posts', { token, json: { title: 'Near', body: 'x' } }],
])('%s %s decides about a session or a right, and reads of the primary', async (method, path, options) => {
  expect(await sessionsOf(() => call(method, path, options))).toEqual([])
})
