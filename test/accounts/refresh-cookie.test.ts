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

/** The headers of a request from a page of an allowed origin on another site. */
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
  const response = await fromPage('/users/login', { json: { email, password: PASSWORD, session: 'cookie' } })
  expect(response.status).toBe(200)
  return {
    email,
    username,
    id,
    access: response.body.access_token as string,
    cookie: cookieOf(response).token,
    response,
  }
}

test('in cookie mode, sign-in returns the refresh token in the cookie only', async () => {
  const { response, username, cookie } = await signedIn()
  expect(response.body).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 900,
    user: expect.objectContaining({ username }),
  })
  expect(cookie).not.toBe('')
  expect(response.text).not.toContain(cookie)
  expect(cookieOf(response)).toMatchObject({ maxAge: 30 * 24 * 3600, rest: 'SameSite=None; Partitioned' })
  expect(response.headers.get('Access-Control-Allow-Credentials')).toBe('true')
})

test('in cookie mode, registration does the same', async () => {
  const name = `cookie-${crypto.randomUUID().slice(0, 8)}`
  const json = { username: name, email: `${name}@example.com`, password: PASSWORD, session: 'cookie' }
  const response = await fromPage('/users/register', { json })
  expect(response.status).toBe(201)
  expect(response.body).not.toHaveProperty('refresh_token')
  expect(cookieOf(response).token).not.toBe('')
})

test('sets no cookie by default', async () => {
  const { email } = await account()
  for (const session of [undefined, 'token']) {
    const response = await fromPage('/users/login', { json: { email, password: PASSWORD, session } })
    expect(response.body.refresh_token).toEqual(expect.any(String))
    expect(response.headers.has('Set-Cookie')).toBe(false)
  }
  const { status } = await fromPage('/users/login', { json: { email, password: PASSWORD, session: 'none' } })
  expect(status).toBe(422)
})

test.each([
  ['another site', { 'Sec-Fetch-Site': 'cross-site' }, PAGE, 'SameSite=None; Partitioned'],
  ['the same site', { 'Sec-Fetch-Site': 'same-site' }, PAGE, 'SameSite=Strict'],
  ['its own origin', { 'Sec-Fetch-Site': 'same-origin' }, 'https://postern.test', 'SameSite=Strict'],
  ['another origin, without Fetch Metadata', {}, PAGE, 'SameSite=None; Partitioned'],
  ['no origin', {}, null, 'SameSite=Strict'],
])('the cookie has the attributes for a page of %s', async (_name, headers, origin, rest) => {
  const { email } = await account()
  const json = { email, password: PASSWORD, session: 'cookie' }
  expect(cookieOf(await fromPage('/users/login', { json, origin, headers })).rest).toBe(rest)
})

test('a refresh without a body uses the cookie, and the new cookie expires with the session', async () => {
  const { cookie } = await signedIn()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 24 * 3600 * 1000 })
  const response = await fromPage('/users/refresh', { cookie })
  const me = await call('GET', '/users/me', { token: response.body.access_token })
  vi.useRealTimers()
  expect([response.status, me.status]).toEqual([200, 200])
  expect(response.body).not.toHaveProperty('refresh_token')
  const next = cookieOf(response)
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
  'refuses a refresh by cookie if the origin is %s, and the session stays active',
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

/** The counter in the token of a refresh from an allowed page: one more than that of the session. */
async function counterOf(cookie: string) {
  const next = cookieOf(await fromPage('/users/refresh', { cookie }))
  return Number(next.token.split('.')[1]) - 1
}

test.each([
  ['a link or a bookmark', { 'Sec-Fetch-Site': 'none' }],
  ['a form', { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Site': 'cross-site' }],
  ['an image', { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Site': 'cross-site' }],
])('refuses a refresh by cookie from %s', async (_name, headers) => {
  const { cookie } = await signedIn()
  expect((await fromPage('/users/refresh', { cookie, headers })).body.type).toBe('/problems/origin-not-allowed')
  expect(await counterOf(cookie)).toBe(0)
})

test.each(strangers.filter(([, origin]) => origin !== null))(
  'refuses a cookie for a page if the origin is %s, and starts no session',
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

test.each([{}, null, { refresh_token: null }])('a refresh with %j uses the cookie', async (json) => {
  const { cookie } = await signedIn()
  const response = await fromPage('/users/refresh', { cookie, json })
  expect(response.status).toBe(200)
  expect(cookieOf(response).token).not.toBe('')
  const script = await fromPage('/users/refresh', { origin: null, json })
  expect([script.status, script.body.code]).toEqual([400, 'malformed-json'])
  const stranger = await fromPage('/users/refresh', { cookie, json, origin: 'https://evil.example' })
  expect([stranger.status, stranger.body.code]).toEqual([403, 'origin-not-allowed'])
})

test('returns 401 for a page without a cookie, and 400 for a client without a body', async () => {
  const page = await fromPage('/users/refresh')
  expect([page.status, page.body.type]).toEqual([401, '/problems/invalid-refresh-token'])
  const script = await fromPage('/users/refresh', { origin: null })
  expect([script.status, script.body.type]).toEqual([400, '/problems/malformed-json'])
})

test('a cookie does not replace an invalid token in the body', async () => {
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

test('ignores cookies with another name or without the prefix', async () => {
  const { cookie } = await signedIn()
  for (const Cookie of [`refresh=${cookie}`, `__host-refresh=${cookie}`, `__Secure-refresh=${cookie}`]) {
    expect((await fromPage('/users/refresh', { headers: { Cookie } })).status).toBe(401)
  }
  for (const made of ['', 'x', 'a.0.b', '"'.repeat(9), '%00']) {
    expect((await fromPage('/users/refresh', { cookie: made })).status).toBe(401)
  }
})

test('sign-out and deletion clear the cookie if the request has it', async () => {
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

test('two tabs with the same cookie get the same successor', async () => {
  const { cookie } = await signedIn()
  const responses = await Promise.all([1, 2, 3].map(() => fromPage('/users/refresh', { cookie })))
  expect(new Set(responses.map((response) => cookieOf(response).token)).size).toBe(1)
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 200])
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

test('a preflight response allows credentials for an allowed page', async () => {
  const headers = {
    Origin: PAGE,
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'content-type',
  }
  const response = await app.request('/users/login', { method: 'OPTIONS', headers }, listed)
  expect(response.status).toBe(204)
  expect(response.headers.get('Access-Control-Allow-Origin')).toBe(PAGE)
  expect(response.headers.get('Access-Control-Allow-Credentials')).toBe('true')
})
