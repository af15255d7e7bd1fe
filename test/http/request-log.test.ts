import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { account, call, env } from '../support/service.ts'

const lines: string[] = []
beforeEach(() => {
  lines.length = 0
  for (const level of ['info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)))
  }
})
afterEach(() => void vi.restoreAllMocks())

const requests = () => lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'request')

test('each request is one log line: route, user, status, duration and database time', async () => {
  const { token, id } = await account()
  lines.length = 0
  const responses = [
    await call('GET', '/posts?q=a%20secret%20word'),
    await call('POST', '/posts', { token, json: { title: 'One', body: 'x' } }),
    await call('GET', '/posts/999999', { token }),
    await call('GET', '/users/me'),
    await call('GET', '/users/somebody'),
    await call('HEAD', '/health'),
    await call('GET', '/nowhere/at/all'),
    await call('DELETE', '/users/login'),
    await call('POST', '/users/login', { body: '{', headers: { 'Content-Type': 'application/json' } }),
    await call('GET', '/docs'),
  ]
  const line = (method: string, route: string, status: number, db_queries: number, user_id?: number) => ({
    level: 'info',
    event: 'request',
    request_id: expect.any(String),
    method,
    route,
    status,
    duration_ms: expect.any(Number),
    db_queries,
    db_ms: expect.any(Number),
    ...(user_id !== undefined && { user_id }),
  })
  expect(requests()).toEqual([
    line('GET', '/posts', 200, 1),
    line('POST', '/posts', 201, 1, id),
    line('GET', '/posts/:id', 404, 1, id),
    line('GET', '/users/me', 401, 0),
    line('GET', '/users/:username', 404, 1),
    line('HEAD', '/health', 200, 1),
    line('GET', '*', 404, 0),
    line('DELETE', '*', 405, 0),
    line('POST', '/users/login', 400, 0),
    line('GET', '/docs', 200, 0),
  ])
  expect(requests().map(({ request_id }) => request_id)).toEqual(
    responses.map(({ headers }) => headers.get('X-Request-Id')),
  )
  // Neither the query nor a path parameter is logged.
  expect(lines.join('\n')).not.toMatch(/secret|somebody|nowhere|999999/)
})

test('an unconfigured service logs its requests too', async () => {
  const { headers } = await call('GET', '/posts', { env: { ...env, JWT_SECRET: '' } })
  const [fault, request] = lines.map((line) => JSON.parse(line))
  expect(fault).toMatchObject({ event: 'failure', request_id: headers.get('X-Request-Id') })
  expect(request).toMatchObject({ event: 'request', status: 503, request_id: headers.get('X-Request-Id') })
})

test.each(['a\nb', 'a\r\n{"level":"error"}', 'a'.repeat(65), '<script>', 'a b', 'é'.normalize('NFC')])(
  'ignores an invalid request id of a client: %j',
  async (id) => {
    // A header cannot contain these characters.
    const headers = new Headers()
    try {
      headers.set('X-Request-Id', id)
    } catch {
      return
    }
    const response = await call('GET', '/health', { headers: Object.fromEntries(headers) })
    expect(response.headers.get('X-Request-Id')).toMatch(/^[\da-f-]{36}$/)
    expect(requests()[0].request_id).toBe(response.headers.get('X-Request-Id'))
  },
)

test('the log has the request id of the client', async () => {
  await call('GET', '/health', { headers: { 'X-Request-Id': 'mine-1' } })
  expect(requests()[0].request_id).toBe('mine-1')
})

test('LOG_SAMPLE_RATE=0 logs only failures of the service, 1 logs every request', async () => {
  const rate = (LOG_SAMPLE_RATE: string) => ({ ...env, LOG_SAMPLE_RATE })
  for (const path of ['/health', '/users/me', '/nowhere']) await call('GET', path, { env: rate('0') })
  expect(requests()).toEqual([])
  const broken = { ...rate('0'), JWT_SECRET: '' }
  await call('GET', '/health', { env: broken })
  expect(requests().map(({ status }) => status)).toEqual([503])
  await call('GET', '/health', { env: rate('1') })
  expect(requests()).toHaveLength(2)

  const random = vi.spyOn(Math, 'random')
  for (const drawn of [0.29, 0.31]) {
    random.mockReturnValue(drawn)
    await call('GET', '/users/me', { env: rate('0.3') })
  }
  expect(requests()).toHaveLength(3)
})

test('sends Server-Timing in development only', async () => {
  const development = { ...env, SERVER_TIMING: 'on' }
  const one = await call('GET', '/posts', { env: development })
  expect(one.headers.get('Server-Timing')).toMatch(/^db;dur=\d+;desc="queries: 1"$/)
  const none = await call('GET', '/problems/forbidden', { env: development })
  expect(none.headers.get('Server-Timing')).toContain('"queries: 0"')
  const refused = { username: 'nobody', password: 'not it' }
  for (const response of [
    await call('POST', '/users/login', { json: refused, env: development }),
    await call('GET', '/posts/999999', { env: development }),
  ]) {
    expect(response.headers.has('Server-Timing')).toBe(false)
  }
  expect((await call('GET', '/posts')).headers.has('Server-Timing')).toBe(false)
})
