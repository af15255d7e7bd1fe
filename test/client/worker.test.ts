/** The client inside workerd, against the app: it requires no browser APIs. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { expect, test, vi } from 'vitest'
import { createClient, isProblem } from '../../packages/client/src/client.ts'
import { app, env } from '../support/service.ts'

/** The sent requests, in order. */
const sent: string[] = []

async function send(request: Request): Promise<Response> {
  sent.push(`${request.method} ${new URL(request.url).pathname}`)
  const context = createExecutionContext()
  const response = await app.fetch(request, env, context)
  await waitOnExecutionContext(context)
  return response
}

const open = () => createClient({ baseUrl: 'http://postern.test', session: 'token', fetch: send })
const password = 'a passphrase nobody uses'

test('a Worker registers, writes, reads every page, edits and signs out', async () => {
  const client = open()
  const { data: user } = await client.register({ username: 'worker', email: 'worker@example.com', password })
  expect(user).toMatchObject({ username: 'worker' })
  const { data: post } = await client.POST('/posts', { body: { title: 'Hello', body: 'From a Worker.' } })
  const titles = []
  for await (const { title } of client.pages('/posts', { query: { author: 'worker' } })) titles.push(title)
  expect(titles).toEqual(['Hello'])
  const id = post?.id ?? 0
  expect(await client.edit('/posts/{id}', id, { version: 1, title: 'Hello again' })).toHaveProperty('data')
  const { error } = await client.edit('/posts/{id}', id, { version: 1, title: 'Too late' })
  expect(isProblem(error, 'version-conflict')).toBe(true)
  expect(await client.signOut()).toMatchObject({ data: null })
  expect((await client.GET('/users/me')).error).toMatchObject({ code: 'unauthenticated' })
})

test('refreshes an expired token in a Worker', async () => {
  const client = open()
  await client.register({ username: 'refreshed', email: 'refreshed@example.com', password })
  sent.length = 0
  const { now } = Date
  vi.spyOn(Date, 'now').mockImplementation(() => now() + 900_000)
  const results = await Promise.all([client.GET('/users/me'), client.GET('/users/me'), client.GET('/users/me')])
  vi.restoreAllMocks()
  expect(sent.filter((name) => name === 'POST /users/refresh')).toHaveLength(1)
  expect(results.map(({ response }) => response?.status)).toEqual([200, 200, 200])
})
