import { expect, test, vi } from 'vitest'
import '../support/hashing.ts'
import { account, app, call, env, PASSWORD } from '../support/service.ts'

const PAGE = 'https://app.example.com'
const listed = { ...env, ALLOWED_ORIGINS: `${PAGE},https://postern.test` }
const COOKIE = /^__Host-refresh=([\w-]{22}\.\d+\.[\w-]{43}); Max-Age=(\d+); Path=\/; HttpOnly; Secure; (.*)$/

type Given = {
  json?: unknown
  cookie?: string
  origin?: string | null
  token?: string
  headers?: Record<string, string>
}

/** A request as a listed page of another site makes it. */
function fromPage(path: string, { json, cookie, origin = PAGE, token, headers }: Given = {}) {
  return call('POST', path, {
    env: listed,
    ...(json !== undefined && { json }),
    ...(token !== undefined && { token }),
    headers: {
      ...(origin !== null && { Origin: origin }),
      ...(cookie && { Cookie: `__Host-refresh=${cookie}` }),
      ...headers,
    },
  })
}

const cookieOf = ({ headers }: { headers: Headers }) => {
  const [, token = '', maxAge = '', rest = ''] = COOKIE.exec(headers.get('Set-Cookie') ?? '') ?? []
  return { token, maxAge: Number(maxAge), rest }
}

async function signedIn() {
  const { email, username, id } = await account()
  const answer = await fromPage('/users/login', { json: { email, password: PASSWORD, session: 'cookie' } })
  expect(answer.status).toBe(200)
  return { email, username, id, access: answer.body.access_token as string, cookie: cookieOf(answer).token, answer }
}

test('a sign-in by cookie has the refresh token in the cookie and nowhere else', async () => {
  const { answer, username, cookie } = await signedIn()
  expect(answer.body).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 900,
    user: expect.objectContaining({ username }),
  })
  expect(cookie).not.toBe('')
  expect(answer.text).not.toContain(cookie)
  expect(cookieOf(answer)).toMatchObject({ maxAge: 30 * 24 * 3600, rest: 'SameSite=None; Partitioned' })
  expect(answer.headers.get('Access-Control-Allow-Credentials')).toBe('true')
})

test('a registration by cookie does the same', async () => {
  const name = `cookie-${crypto.randomUUID().slice(0, 8)}`
  const json = { username: name, email: `${name}@example.com`, password: PASSWORD, session: 'cookie' }
  const answer = await fromPage('/users/register', { json })
  expect(answer.status).toBe(201)
  expect(answer.body).not.toHaveProperty('refresh_token')
  expect(cookieOf(answer).token).not.toBe('')
})

test('without a word of cookies there is none', async () => {
  const { email } = await account()
  for (const session of [undefined, 'token']) {
    const answer = await fromPage('/users/login', { json: { email, password: PASSWORD, session } })
    expect(answer.body.refresh_token).toEqual(expect.any(String))
    expect(answer.headers.has('Set-Cookie')).toBe(false)
  }
  const { status } = await fromPage('/users/login', { json: { email, password: PASSWORD, session: 'none' } })
  expect(status).toBe(422)
})

test.each([
  ['another site', { 'Sec-Fetch-Site': 'cross-site' }, PAGE, 'SameSite=None; Partitioned'],
  ['the same site', { 'Sec-Fetch-Site': 'same-site' }, PAGE, 'SameSite=Strict'],
  ['its own origin', { 'Sec-Fetch-Site': 'same-origin' }, 'https://postern.test', 'SameSite=Strict'],
  ['another origin, in a browser that does not say', {}, PAGE, 'SameSite=None; Partitioned'],
  ['no page at all', {}, null, 'SameSite=Strict'],
])('a page of %s gets a cookie that fits', async (_name, headers, origin, rest) => {
  const { email } = await account()
  const json = { email, password: PASSWORD, session: 'cookie' }
  expect(cookieOf(await fromPage('/users/login', { json, origin, headers })).rest).toBe(rest)
})

test('a refresh without a body uses the cookie, and the next cookie lasts as long as the session', async () => {
  const { cookie } = await signedIn()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 24 * 3600 * 1000 })
  const answer = await fromPage('/users/refresh', { cookie })
  const me = await call('GET', '/users/me', { token: answer.body.access_token })
  vi.useRealTimers()
  expect([answer.status, me.status]).toEqual([200, 200])
  expect(answer.body).not.toHaveProperty('refresh_token')
  const next = cookieOf(answer)
  expect(next.token).not.toBe(cookie)
  expect(next.maxAge).toBeGreaterThan(29 * 24 * 3600 - 60)
  expect(next.maxAge).toBeLessThanOrEqual(29 * 24 * 3600)
  expect((await fromPage('/users/refresh', { cookie: next.token })).status).toBe(200)
})

const strangers: [string, string | null][] = [
  ['another origin', 'https://evil.example'],
  ['null', 'null'],
  ['a suffix', `${PAGE}.evil.example`],
  ['a subdomain', 'https://x.app.example.com'],
  ['another port', `${PAGE}:8443`],
  ['another scheme', 'http://app.example.com'],
  ['capitals', 'https://APP.example.com'],
  ['two origins', `${PAGE} https://evil.example`],
  ['the origin with a slash', `${PAGE}/`],
  ['nothing', ''],
  ['no origin', null],
]

test.each(strangers)(
  'the cookie does not count where the origin is %s, and the session goes on',
  async (_name, origin) => {
    const { cookie } = await signedIn()
    const { status, body, headers } = await fromPage('/users/refresh', { cookie, origin })
    expect(status).toBe(403)
    expect(body.type).toBe('/problems/origin-not-allowed')
    expect(headers.has('Set-Cookie')).toBe(false)
    expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
    expect(await counterOf(cookie)).toBe(0)
  },
)

/** The counter in the token that a refresh from the right page brings: one more than what the session had. */
async function counterOf(cookie: string) {
  const next = cookieOf(await fromPage('/users/refresh', { cookie }))
  return Number(next.token.split('.')[1]) - 1
}

test.each([
  ['a link or a bookmark', { 'Sec-Fetch-Site': 'none' }],
  ['a form', { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Site': 'cross-site' }],
  ['an image', { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Site': 'cross-site' }],
])('the cookie does not count for %s', async (_name, headers) => {
  const { cookie } = await signedIn()
  expect((await fromPage('/users/refresh', { cookie, headers })).body.type).toBe('/problems/origin-not-allowed')
  expect(await counterOf(cookie)).toBe(0)
})

test.each(strangers.filter(([, origin]) => origin !== null))(
  'a page may not have a cookie where its origin is %s, and nothing is begun',
  async (_name, origin) => {
    const { email } = await account()
    const name = `stranger-${crypto.randomUUID().slice(0, 8)}`
    const signIn = await fromPage('/users/login', { json: { email, password: PASSWORD, session: 'cookie' }, origin })
    const registration = { username: name, email: `${name}@example.com`, password: PASSWORD, session: 'cookie' }
    const register = await fromPage('/users/register', { json: registration, origin })
    for (const { status, body, headers } of [signIn, register]) {
      expect([status, body.type]).toEqual([403, '/problems/origin-not-allowed'])
      expect(headers.has('Set-Cookie')).toBe(false)
    }
    expect((await call('GET', `/users/${name}`)).status).toBe(404)
  },
)

test('a page that holds no cookie is not signed in, and a client that forgot the body is told', async () => {
  const page = await fromPage('/users/refresh')
  expect([page.status, page.body.type]).toEqual([401, '/problems/invalid-refresh-token'])
  const script = await fromPage('/users/refresh', { origin: null })
  expect([script.status, script.body.type]).toEqual([400, '/problems/malformed-json'])
})

test('a cookie never stands in for a token that was sent', async () => {
  const { cookie, access } = await signedIn()
  const wrong = await fromPage('/users/refresh', { cookie, json: { refresh_token: `${cookie}x` } })
  expect(wrong.status).toBe(401)
  expect((await fromPage('/users/refresh', { cookie, json: { refresh_token: '' } })).status).toBe(422)
  const other = (await account()).auth
  const own = await fromPage('/users/refresh', { cookie, json: { refresh_token: other.refresh_token } })
  expect(own.body.user.id).toBe(other.user.id)
  expect(own.body.refresh_token).toEqual(expect.any(String))
  expect(own.headers.has('Set-Cookie')).toBe(false)

  const headers = { Origin: PAGE, Cookie: `__Host-refresh=${cookie}` }
  expect((await call('GET', '/users/me', { headers, env: listed })).body.type).toBe('/problems/unauthenticated')
  const broken = await call('GET', '/users/me', { headers, env: listed, token: `${access}x` })
  expect(broken.body.type).toBe('/problems/invalid-token')
  expect(await counterOf(cookie)).toBe(0)
})

test('a cookie of another name or without the prefix is none of ours', async () => {
  const { cookie } = await signedIn()
  for (const Cookie of [`refresh=${cookie}`, `__host-refresh=${cookie}`, `__Secure-refresh=${cookie}`]) {
    expect((await fromPage('/users/refresh', { headers: { Cookie } })).status).toBe(401)
  }
  for (const made of ['', 'x', 'a.0.b', '"'.repeat(9), '%00']) {
    expect((await fromPage('/users/refresh', { cookie: made })).status).toBe(401)
  }
})

test('logout and deletion take the cookie back, and only from whoever has it', async () => {
  const gone = /^__Host-refresh=; Max-Age=0; Path=\/; HttpOnly; Secure; SameSite=None; Partitioned$/
  const first = await signedIn()
  const out = await fromPage('/users/logout', { cookie: first.cookie, token: first.access })
  expect(out.status).toBe(204)
  expect(out.headers.get('Set-Cookie')).toMatch(gone)
  expect((await fromPage('/users/refresh', { cookie: first.cookie })).status).toBe(401)

  const second = await signedIn()
  const json = { current_password: PASSWORD }
  const deleted = await fromPage('/users/me/delete', { cookie: second.cookie, token: second.access, json })
  expect(deleted.status).toBe(204)
  expect(deleted.headers.get('Set-Cookie')).toMatch(gone)

  const third = await signedIn()
  const bare = await fromPage('/users/logout', { token: third.access })
  expect(bare.status).toBe(204)
  expect(bare.headers.has('Set-Cookie')).toBe(false)
})

test('two tabs with one cookie get the same successor', async () => {
  const { cookie } = await signedIn()
  const answers = await Promise.all([1, 2, 3].map(() => fromPage('/users/refresh', { cookie })))
  expect(new Set(answers.map((answer) => cookieOf(answer).token)).size).toBe(1)
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
})

test('no log line has the cookie', async () => {
  const lines: string[] = []
  for (const level of ['info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)))
  }
  const { cookie } = await signedIn()
  await fromPage('/users/refresh', { cookie, origin: 'https://evil.example' })
  await fromPage('/users/refresh', { cookie })
  vi.restoreAllMocks()
  expect(lines.length).toBeGreaterThan(2)
  expect(lines.join('\n')).not.toContain(cookie.slice(0, 8))
})

test('the answer to a preflight lets a listed page send the cookie along', async () => {
  const headers = {
    Origin: PAGE,
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'content-type',
  }
  const answer = await app.request('/users/login', { method: 'OPTIONS', headers }, listed)
  expect(answer.status).toBe(204)
  expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(PAGE)
  expect(answer.headers.get('Access-Control-Allow-Credentials')).toBe('true')
})
