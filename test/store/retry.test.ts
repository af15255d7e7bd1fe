/** Failures of the database: a round trip is repeated if that is harmless, and reported otherwise. */
import { env as bindings } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import { connect } from '../../src/store/database.ts'
import { posts } from '../../src/store/schema.ts'
import { faultyD1, withFault } from '../support/faulty-database.ts'
import '../support/hashing.ts'
import { account, call, env, PASSWORD } from '../support/service.ts'

const isD1 = bindings.STORE === 'd1'
const faulty = { ...env, ...(env.DB && { DB: faultyD1(env.DB) }) }
const db = connect(env)
const { token, email } = await account()
const shown = (await call('POST', '/posts', { token, json: { title: 'Here', body: 'x', visibility: 'public' } })).body
const draft = (await call('POST', '/recipes', { token, json: { title: 'Here' } })).body

type Asked = [method: string, path: string, json?: unknown, headers?: Record<string, string>]
const ask = ([method, path, json, headers = {}]: Asked) => call(method, path, { token, json, headers, env: faulty })

type Instead = (requests: string[]) => unknown

/** Sends the request while its first round trips fail with `instead`. */
const askWhere = (request: Asked, instead: Instead, times = 1, isDone = false) =>
  withFault({ instead, times, isDone }, () => ask(request))

const throwing = (message: string) => () => {
  throw new Error(message)
}
const responding =
  (status: number, body: string, type = 'application/json') =>
  () =>
    new Response(body, { status, headers: { 'Content-Type': type } })

/** The response of sqld if the statements of a pipeline fail with this code. */
const failing = (code: string) => (requests: string[]) => {
  const results = requests.map((type) =>
    type === 'execute' || type === 'batch'
      ? { type: 'error', error: { message: 'a message', code } }
      : { type: 'ok', response: { type } },
  )
  return responding(200, JSON.stringify({ baton: null, base_url: null, results }))()
}

/** Lost responses: D1's list of errors (https://developers.cloudflare.com/d1/observability/debug-d1/#error-list), and HTTP errors for libSQL. */
const passing: [string, Instead][] = isD1
  ? [
      'D1_ERROR: Network connection lost.',
      'D1_ERROR: D1 DB reset because its code was updated.',
      'D1_ERROR: Internal error while starting up D1 DB storage caused object to be reset.',
      'D1_ERROR: Internal error in D1 DB storage caused object to be reset.',
      'D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.',
      'D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.',
      "D1_ERROR: Can't read from request stream because client disconnected.",
      'D1_ERROR: D1 DB exceeded its CPU time limit and was reset.',
      "D1_ERROR: D1 DB's isolate exceeded its memory limit and was reset.",
      'internal error; reference = abcdef',
    ].map((message) => [message, throwing(message)])
  : [
      ['Network connection lost.', throwing('Network connection lost.')],
      ['a gateway that cannot reach the server', responding(502, 'Bad Gateway', 'text/plain')],
      ['a gateway timeout', responding(504, '<html></html>', 'text/html')],
      ['a server error', responding(500, '{"error":"internal"}')],
      ['a truncated response', responding(200, '{"baton":null,"resul')],
    ]

/** Failures without an effect, after which a retry can succeed. */
const undone: [string, Instead][] = isD1
  ? []
  : [
      [
        'STREAM_EXPIRED',
        responding(400, '{"message":"The stream has expired due to inactivity","code":"STREAM_EXPIRED"}'),
      ],
      ['SQLITE_BUSY', responding(400, '{"message":"SQLite error: database is locked","code":"SQLITE_BUSY"}')],
      ...['TRANSACTION_TIMEOUT', 'TRANSACTION_BUSY'].map((code): [string, Instead] => [code, failing(code)]),
    ]

/** Failures without an effect, after which a retry would add to the load. */
const refusing: [string, Instead][] = isD1
  ? [
      'D1_ERROR: D1 DB is overloaded. Requests queued for too long.',
      'D1_ERROR: D1 DB is overloaded. Too many requests queued.',
    ].map((message) => [message, throwing(message)])
  : [
      ['too many requests', responding(429, 'Too Many Requests', 'text/plain')],
      ...['RESPONSE_TOO_LARGE', 'BLOCKED'].map((code): [string, Instead] => [code, failing(code)]),
      ['an invalid token', responding(401, '{"error":"Authentication failed"}')],
    ]

const reads: Asked[] = [
  ['GET', '/posts'],
  ['GET', `/posts/${shown.id}`],
  ['GET', '/users/me'],
  ['GET', '/users/me/sessions'],
  ['GET', '/users/me/export'],
  ['GET', '/health'],
]
const countPosts = () => db.$count(posts)
const create = (headers: Record<string, string> = {}): Asked => ['POST', '/posts', { title: 'One', body: 'x' }, headers]

test.each([...passing, ...undone])('repeats a read that failed twice: %s', async (_name, instead) => {
  for (const request of reads) {
    const { result, trips } = await askWhere(request, instead, 2)
    // The export reads the items of each content type by themselves.
    const further = request[1] === '/users/me/export' ? 2 : 0
    expect([request[1], result.status, trips]).toEqual([request[1], 200, 3 + further])
  }
})

// One failure of each class, because each waits for the whole retry budget of two seconds.
test.each([...passing.slice(0, 1), ...undone.slice(0, 1)])(
  'returns 503 within two seconds if the database stays unavailable: %s',
  async (_name, instead) => {
    const start = performance.now()
    const { result, trips } = await askWhere(['GET', '/posts'], instead, 1_000)
    expect(performance.now() - start).toBeLessThan(15_000)
    expect([result.status, result.body.type]).toEqual([503, '/problems/unavailable'])
    expect(result.headers.get('Retry-After')).toBe('2')
    expect(trips).toBeGreaterThan(3)
  },
)

test.each(passing)(
  'does not repeat a write whose response was lost, and returns outcome-unknown: %s',
  async (_, instead) => {
    for (const isDone of [true, false]) {
      const before = await countPosts()
      const { result, trips } = await askWhere(create(), instead, 1, isDone)
      expect([result.status, result.body.type, trips]).toEqual([500, '/problems/outcome-unknown', 1])
      expect(result.headers.has('Retry-After')).toBe(false)
      expect(await countPosts()).toBe(before + (isDone ? 1 : 0))
    }
  },
)

test.each(passing)('repeats a write with an Idempotency-Key, which has one effect: %s', async (_name, instead) => {
  for (const isDone of [true, false]) {
    const before = await countPosts()
    const key = { 'Idempotency-Key': crypto.randomUUID() }
    const { result } = await askWhere(create(key), instead, 2, isDone)
    expect(result.status).toBe(201)
    expect(result.headers.has('Idempotent-Replayed')).toBe(false)
    expect(await countPosts()).toBe(before + 1)
    const replayed = await ask(create(key))
    expect([replayed.body.id, replayed.headers.get('Idempotent-Replayed')]).toEqual([result.body.id, 'true'])
  }
})

test.each(passing)('repeats an idempotent write: %s', async (_name, instead) => {
  for (const isDone of [true, false]) {
    const login = await call('POST', '/users/login', { json: { email, password: PASSWORD } })
    const refreshed = await askWhere(['POST', '/users/refresh', login.body], instead, 0)
    expect(refreshed.result.status).toBe(422)
    const { refresh_token } = login.body
    const { result } = await askWhere(['POST', '/users/refresh', { refresh_token }], instead, 2, isDone)
    expect(result.status).toBe(200)
    expect(result.body.refresh_token.split('.')[1]).toBe('1')
    for (const [method, status] of [
      ['PUT', 200],
      ['DELETE', 200],
    ] as const) {
      const published = await askWhere([method, `/recipes/${draft.id}/publish`], instead, 1, isDone)
      expect(published.result.status).toBe(status)
    }
    expect((await askWhere(['DELETE', '/users/me/sessions'], instead, 1, isDone)).result.status).toBe(204)
  }
})

test.each(passing)(
  'does not repeat a write with If-Match, because the first attempt may have changed the version: %s',
  async (_, instead) => {
    const { headers } = await ask(['PUT', `/recipes/${draft.id}/publish`])
    const request: Asked = [
      'DELETE',
      `/recipes/${draft.id}/publish`,
      undefined,
      { 'If-Match': headers.get('ETag') ?? '' },
    ]
    const { result, trips } = await askWhere(request, instead, 1, true)
    expect([result.body.type, trips]).toEqual(['/problems/outcome-unknown', 1])
  },
)

test.each(undone)('repeats a write that was not started: %s', async (_name, instead) => {
  const before = await countPosts()
  const { result, trips } = await askWhere(create(), instead, 2)
  expect([result.status, trips]).toEqual([201, 3])
  expect(await countPosts()).toBe(before + 1)
})

test.each(refusing)('does not retry if the database is overloaded: %s', async (_name, instead) => {
  for (const request of [...reads.filter(([, path]) => path !== '/health'), create()]) {
    const { result, trips } = await askWhere(request, instead)
    expect([request[1], result.status, trips]).toEqual([request[1], 503, 1])
    expect(result.headers.get('Retry-After')).toBe('2')
  }
})

test('/health returns 503 if the database is unavailable', async () => {
  const { result } = await askWhere(['GET', '/health'], passing[0]?.[1] ?? throwing('x'), 1_000)
  expect([result.status, result.body]).toEqual([
    503,
    expect.objectContaining({ type: '/problems/unavailable', detail: 'The database does not respond.' }),
  ])
})

test('/health returns 503 after two seconds if the database does not respond', async () => {
  const start = performance.now()
  const { result } = await askWhere(['GET', '/health'], () => new Promise(() => {}))
  expect([result.status, result.body.detail]).toEqual([503, 'The database does not respond in time.'])
  expect(performance.now() - start).toBeGreaterThan(1_900)
  expect(performance.now() - start).toBeLessThan(15_000)
})

test('the log has the failure and the request id, and no parameters', async () => {
  const lines: string[] = []
  const spy = vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(String(line)))
  await askWhere(['POST', '/posts', { title: 'a title to look for', body: 'x' }], passing[0]?.[1] ?? throwing('x'))
  spy.mockRestore()
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    event: 'failure',
    failure: 'lost',
    request_id: expect.any(String),
  })
  expect(lines[0]).not.toContain('a title to look for')
})
