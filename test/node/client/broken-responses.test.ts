/** Every method with every broken response: exactly one of `data` and `error` is set, and the error has a code. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createClient, PosternError, type PosternClient } from '../../../packages/client/src/client.ts'
import { openStorage } from './browser.ts'

const params = { path: { id: 1 } }
const account = { username: 'alice', email: 'alice@example.com', password: 'a passphrase nobody uses' }

type Outcome = { data?: unknown; error?: PosternError | undefined }

/** The error that an iteration throws, as the error of a result. */
async function iterate(client: PosternClient): Promise<Outcome> {
  try {
    const items = []
    for await (const item of client.pages('/posts')) items.push(item)
    return { data: items }
  } catch (error) {
    if (error instanceof PosternError) return { error }
    throw error
  }
}

const METHODS: Record<string, (client: PosternClient) => Promise<Outcome>> = {
  GET: (client) => client.GET('/posts'),
  POST: (client) => client.POST('/posts', { body: { title: 'A gate', body: 'In a wall.' } }),
  PUT: (client) => client.PUT('/posts/{id}/publish', { params }),
  PATCH: (client) => client.PATCH('/posts/{id}', { params, body: { title: 'A door' } }),
  DELETE: (client) => client.DELETE('/posts/{id}', { params }),
  pages: iterate,
  edit: (client) => client.edit('/posts/{id}', 1, { version: 1, title: 'A door' }),
  restore: (client) => client.restore(),
  register: (client) => client.register(account),
  signIn: (client) => client.signIn(account),
  signOut: (client) => client.signOut(),
}

type Send = (request: Request) => Promise<Response>

const respond =
  (status: number, body: string | ReadableStream | null, type?: string): Send =>
  async () =>
    new Response(body, { status, ...(type !== undefined && { headers: { 'Content-Type': type } }) })

const json = (status: number, body: unknown, type = 'application/json') => respond(status, JSON.stringify(body), type)

/** A body that begins, and then ends as `end` specifies. */
const begun = (end: (body: ReadableStreamDefaultController) => void): Send => {
  const start = (body: ReadableStreamDefaultController) => {
    body.enqueue(new TextEncoder().encode('{"type":'))
    end(body)
  }
  return (request) => respond(502, new ReadableStream({ start }), 'application/json')(request)
}

const never: Send = () => new Promise(() => {})

const problem = { type: '/problems/not-found', code: 'not-found', title: 'Not found', status: 404, request_id: 'an-id' }

const BROKEN: [name: string, code: string, send: Send][] = [
  ['an empty 502', 'bad-response', respond(502, null)],
  ['an HTML 502', 'bad-response', respond(502, '<h1>Bad Gateway</h1>', 'text/html')],
  ['an HTML 404 of a CDN', 'bad-response', respond(404, '<h1>Not found</h1>', 'text/html')],
  ['a 200 of a captive portal', 'bad-response', respond(200, '<h1>Welcome to the hotel</h1>', 'text/html')],
  ['an empty 200', 'bad-response', respond(200, null)],
  ['a 205', 'bad-response', respond(205, null)],
  ['a truncated 200', 'bad-response', respond(200, '{"items":[', 'application/json; charset=utf-8')],
  ['a 200 that is not an object', 'bad-response', json(200, 'OK')],
  ['a 200 that is null', 'bad-response', json(200, null)],
  ['a JSON error of a gateway', 'bad-response', json(500, { message: 'Internal server error' })],
  ['a problem of a proxy', 'bad-response', json(503, { ...problem, type: 'about:blank', status: 503 })],
  ['a problem with the status of another response', 'bad-response', json(502, problem, 'application/problem+json')],
  ['a problem without an id', 'bad-response', json(404, { ...problem, request_id: undefined })],
  ['a redirection to nowhere', 'bad-response', respond(302, null)],
  ['a network error', 'network', () => Promise.reject(new TypeError('fetch failed'))],
  ['a connection that is lost during the body', 'network', begun((body) => body.error(new TypeError('terminated')))],
  ['no response in time', 'timeout', never],
  ['a body that does not end in time', 'timeout', begun(() => {})],
  ['a problem of the service', 'not-found', json(404, problem, 'application/problem+json')],
  ['nothing new', 'not-modified', respond(304, null)],
]

beforeEach(() => {
  // The timeout of a refresh cannot be configured.
  const { setTimeout: schedule } = globalThis
  vi.spyOn(globalThis, 'setTimeout').mockImplementation((work, milliseconds, ...rest) =>
    schedule(work, milliseconds === 10_000 ? 40 : milliseconds, ...rest),
  )
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe.each(Object.entries(METHODS))('%s', (method, call) => {
  test.each(BROKEN)('%s is an error', async (_, code, send) => {
    const storage = openStorage()
    const baseUrl = 'https://api.example.com'
    // `restore` and `signOut` require a session.
    if (/^(restore|signOut)$/.test(method)) storage.setItem(`postern token ${baseUrl}`, 'a-key a-token')
    const client = createClient({ baseUrl, session: 'token', storage, fetch: send, timeout: 40 })
    const result = await call(client)
    expect(Object.keys(result)).not.toContain('data')
    expect(result.error).toBeInstanceOf(PosternError)
    expect(result.error).toMatchObject({ name: 'PosternError', code, message: expect.stringMatching(/\w/) })
    // Only a refusal and a sign-out end a session.
    expect(storage.items.size).toBe(method === 'restore' ? 1 : 0)
    expect(client.user).toBeNull()
  })
})

test.each(['GET', 'POST', 'GET of a blob'] as const)('%s returns an error if the caller aborts it', async (method) => {
  const client = createClient({ baseUrl: 'https://api.example.com', session: 'token', fetch: never })
  const controller = new AbortController()
  const { signal } = controller
  const results = {
    GET: client.GET('/posts', { signal }),
    POST: client.POST('/posts', { body: { title: 'A gate', body: 'In a wall.' }, signal }),
    'GET of a blob': client.GET('/users/me/export', { parseAs: 'blob', signal }),
  }
  controller.abort(new Error('No longer needed'))
  const { data, error } = await results[method]
  expect(data).toBeUndefined()
  expect(error).toMatchObject({ code: 'aborted', cause: { message: 'No longer needed' } })
  expect((await client.GET('/posts', { signal })).error).toMatchObject({ code: 'aborted' })
})

test('a success with an undocumented status is an error if no body is expected', async () => {
  for (const status of [200, 201, 202]) {
    const client = createClient({ baseUrl: 'https://api.example.com', session: 'token', fetch: json(status, {}) })
    expect((await client.DELETE('/posts/{id}', { params })).error).toMatchObject({ code: 'bad-response', status })
  }
  const client = createClient({ baseUrl: 'https://api.example.com', session: 'token', fetch: respond(204, null) })
  expect(await client.DELETE('/posts/{id}', { params })).toMatchObject({ data: null, response: { status: 204 } })
  expect((await client.GET('/posts')).error).toMatchObject({ code: 'bad-response', status: 204 })
})

test('a registration that requires a mail signs nobody in', async () => {
  const client = createClient({ baseUrl: 'https://api.example.com', session: 'token', fetch: respond(202, null) })
  expect(await client.register(account)).toMatchObject({ data: null, response: { status: 202 } })
  expect(client.user).toBeNull()
  expect((await client.signIn(account)).error).toMatchObject({ code: 'bad-response', status: 202 })
})

test.each(['blob', 'stream'] as const)(
  'a %s is not parsed, and a response that is not JSON is an error',
  async (parseAs) => {
    const open = (fetch: Send) =>
      createClient({ baseUrl: 'https://api.example.com', session: 'token', fetch, timeout: 40 })
    const read = (fetch: Send) => open(fetch).GET('/users/me/export', { parseAs })
    const { data } = await read(json(200, { account: 'alice' }))
    expect(await new Response(data).text()).toBe('{"account":"alice"}')
    for (const [, code, send] of BROKEN.filter(([name]) => !/200/.test(name)))
      expect((await read(send)).error).toMatchObject({ code })
    expect((await read(respond(200, '<h1>Welcome</h1>', 'text/html'))).error).toMatchObject({ code: 'bad-response' })
    expect((await read(respond(204, null))).error).toMatchObject({ code: 'bad-response' })
  },
)

test('a sign-in response without tokens signs nobody in', async () => {
  const client = createClient({ baseUrl: 'https://api.example.com', session: 'token', fetch: json(200, { ok: true }) })
  expect((await client.signIn(account)).error).toMatchObject({ code: 'bad-response' })
  expect((await client.register(account)).error).toMatchObject({ code: 'bad-response' })
  expect(client.user).toBeNull()
  await expect(client.pages('/posts').next()).rejects.toMatchObject({ code: 'bad-response' })
})
