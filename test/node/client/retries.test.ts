/** Retries after 429 and 503 with `Retry-After`: only if a repetition has no second effect, and a limited number of times. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createClient } from '../../../packages/client/src/client.ts'
import { runService } from '../../support/node/running.ts'
import { loseResponse, REFRESH, signIn, type Fault } from './browser.ts'

const service = runService()
const params = { path: { id: 1 } }
const body = { title: 'A gate', body: 'In a wall.' }

let waits: number[]

beforeEach(() => {
  waits = []
  const { setTimeout: schedule } = globalThis
  // Waits are recorded and shortened. Timeouts are unchanged.
  vi.spyOn(globalThis, 'setTimeout').mockImplementation((work, milliseconds = 0, ...rest) => {
    // A wait of the client has no further arguments. Timers of the platform's `fetch` have some.
    if (rest.length > 0 || milliseconds < 1000 || milliseconds >= 10_000) return schedule(work, milliseconds, ...rest)
    waits.push(milliseconds)
    return schedule(work, 1)
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

const problemOf = (status: number, code: string, headers: Record<string, string>) => {
  const problem = { type: `/problems/${code}`, code, title: code, status, request_id: 'an-id' }
  return new Response(JSON.stringify(problem), {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
  })
}
const busy = (after = '2') => problemOf(503, 'unavailable', { 'Retry-After': after })
const gateway = () => new Response('Busy', { status: 503, headers: { 'Retry-After': '1' } })
const done = () => Response.json({ items: [], next_cursor: null })

/** A client whose requests get these responses in order. The last one is repeated. */
function openClient(...responses: (() => Response)[]) {
  const sent: Request[] = []
  const fetch = (request: Request) => {
    sent.push(request)
    return Promise.resolve((responses[sent.length - 1] ?? responses.at(-1) ?? done)())
  }
  return { sent, client: createClient({ baseUrl: 'https://api.example.com', session: 'token', fetch }) }
}

test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const)(
  'repeats a %s that had no effect after the time in Retry-After',
  async (method) => {
    const limited = () => problemOf(429, 'too-many-requests', { 'Retry-After': '3' })
    const success = method === 'DELETE' ? () => new Response(null, { status: 204 }) : done
    const { client, sent } = openClient(busy, limited, success)
    const calls = {
      GET: () => client.GET('/posts'),
      POST: () => client.POST('/posts', { body }),
      PUT: () => client.PUT('/posts/{id}/publish', { params }),
      PATCH: () => client.PATCH('/posts/{id}', { params, body: { title: 'A door' } }),
      DELETE: () => client.DELETE('/posts/{id}', { params }),
    }
    expect((await calls[method]()).error).toBeUndefined()
    expect(sent.map((request) => request.method)).toEqual([method, method, method])
    expect(waits).toEqual([2000, 3000])
    expect(new Set(sent.map(({ headers }) => headers.get('Idempotency-Key'))).size).toBe(1)
  },
)

test('repeats a request at most twice and returns the last error', async () => {
  const { client, sent } = openClient(busy)
  expect((await client.GET('/posts')).error).toMatchObject({ code: 'unavailable', status: 503 })
  expect(sent).toHaveLength(3)
})

test('after a 503 of a gateway, repeats only idempotent requests', async () => {
  const { client, sent } = openClient(gateway)
  expect((await client.PATCH('/posts/{id}', { params, body: { title: 'A door' } })).error).toMatchObject({
    status: 503,
  })
  expect(sent).toHaveLength(1)
  for (const call of [
    () => client.GET('/posts'),
    () => client.POST('/posts', { body }),
    () => client.DELETE('/posts/{id}', { params }),
  ]) {
    sent.length = 0
    await call()
    expect(sent).toHaveLength(3)
  }
})

test.each([
  ['no Retry-After', () => problemOf(503, 'unavailable', {})],
  ['a wait of more than ten seconds', () => busy('11')],
  ['an invalid Retry-After', () => busy('soon')],
  ['too many login attempts', () => problemOf(429, 'too-many-login-attempts', { 'Retry-After': '1' })],
  ['an internal error', () => problemOf(500, 'internal-error', { 'Retry-After': '1' })],
])('does not wait for %s', async (_, response) => {
  const { client, sent } = openClient(response)
  expect((await client.signIn({ username: 'alice', password: 'a passphrase' })).error).toBeDefined()
  expect(sent).toHaveLength(1)
  expect(waits).toEqual([])
})

test('accepts a date in Retry-After', async () => {
  const { client, sent } = openClient(() => busy(new Date(Date.now() + 5000).toUTCString()), done)
  expect(await client.GET('/posts')).toHaveProperty('data')
  expect(sent).toHaveLength(2)
  expect(waits[0]).toBeGreaterThan(3000)
  expect(waits[0]).toBeLessThanOrEqual(5000)
})

test('repeats a write with an unknown outcome only if it has a key', async () => {
  const unknown = () => problemOf(500, 'outcome-unknown', {})
  const keyed = openClient(unknown, done)
  expect(await keyed.client.POST('/posts', { body })).toHaveProperty('data')
  const [first, second] = keyed.sent.map(({ headers }) => headers.get('Idempotency-Key'))
  expect(first).toMatch(/^[0-9a-f]{32}$/)
  expect(second).toBe(first)
  const bare = openClient(unknown, done)
  expect((await bare.client.DELETE('/posts/{id}', { params })).error).toMatchObject({ code: 'outcome-unknown' })
})

test('an abort of the caller ends the wait', async () => {
  vi.restoreAllMocks()
  const { client } = openClient(() => busy('9'))
  const controller = new AbortController()
  const asked = client.GET('/posts', { signal: controller.signal })
  setTimeout(() => controller.abort(), 30)
  const before = Date.now()
  expect((await asked).error).toMatchObject({ code: 'aborted' })
  expect(Date.now() - before).toBeLessThan(5000)
})

test('a POST has a generated key, or the key of the caller', async () => {
  const { client, sent } = openClient(done)
  await client.POST('/posts', { body })
  await client.POST('/posts', { body })
  await client.POST('/posts', { body, params: { header: { 'idempotency-key': 'of-the-draft' } } })
  await client.GET('/posts')
  const keys = sent.map(({ headers }) => headers.get('Idempotency-Key'))
  expect(new Set(keys).size).toBe(4)
  expect(keys.slice(2)).toEqual(['of-the-draft', null])
})

test('a post that is repeated with its key after a lost response is written once', async () => {
  const { browser, tab, account } = await signIn(service.url)
  browser.intercept('POST /posts', loseResponse)
  const given = { body, params: { header: { 'idempotency-key': 'of-the-draft' } } }
  expect((await tab.POST('/posts', given)).error).toMatchObject({ code: 'network' })
  browser.intercept('POST /posts')
  const { data, response } = await tab.POST('/posts', given)
  expect(response?.headers.get('Idempotent-Replayed')).toBe('true')
  const list = await tab.GET('/posts', { params: { query: { author: account.username } } })
  expect(list.data?.items.map(({ id }) => id)).toEqual([data?.id])
})

test('repeats a rate-limited refresh, and nobody is signed out', async () => {
  const { browser, tab } = await signIn(service.url)
  browser.expireTokens()
  let refusals = 1
  const limit: Fault = (go) => (refusals-- > 0 ? Promise.resolve(busy('1')) : go())
  browser.intercept(REFRESH, limit)
  expect(await tab.GET('/users/me')).toHaveProperty('data')
  expect(browser.times(REFRESH)).toBe(2)
})
