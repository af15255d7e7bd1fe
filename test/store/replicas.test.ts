/** Requests that read from a replica of D1: reads without a token. */
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
])('%s %s without a token reads from the nearest replica', async (method, path) => {
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
])('%s %s depends on a session or a role and reads from the primary', async (method, path, options) => {
  expect(await sessionsOf(() => call(method, path, options))).toEqual([])
})
