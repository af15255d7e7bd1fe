/** Errors of the service in the format of each old API, and the log lines of their requests. */
import { afterEach, expect, test, vi } from 'vitest'
import { faultyD1, withFault } from '../support/faulty-database.ts'
import { mailEnv, mailsTo } from '../support/mailbox.ts'
import { account, emptyLibsqlUrl, env, PASSWORD } from '../support/service.ts'
import { send } from './replay.ts'

afterEach(() => void vi.restoreAllMocks())

const json = { 'Content-Type': 'application/json' }
const refuse = { limit: () => Promise.resolve({ success: false }) }
const { JWT_SECRET: _, ...withoutSecret } = env
const { DB: _DB, ...withoutDatabase } = env

/** Each API with its prefix, the text member of an error, the sign-in, and the routes that write. */
const APIS = [
  {
    prefix: '/compat/board',
    shape: { message: expect.any(String) },
    open: ['/users', '/user/auth'],
    list: '/posts',
    write: '/posts',
    login: '/user/auth',
    credentials: ({ username }: { username: string }) => ({ user_id: username, user_password: PASSWORD }),
  },
  {
    prefix: '/compat/recipes',
    shape: { error: expect.any(String) },
    open: ['/users/register', '/users/login'],
    list: '/recipes?offset=0&limit=25',
    write: '/recipes',
    login: '/users/login',
    credentials: ({ email }: { email: string }) => ({ email, password: PASSWORD }),
  },
] as const

async function signIn({ prefix, login, credentials }: (typeof APIS)[number]) {
  const response = await send('POST', `${prefix}${login}`, json, JSON.stringify(credentials(await account())))
  return { ...json, Authorization: `Bearer ${Object(response.body).access_token}` }
}

test.each(APIS)('$prefix: returns 413 for a body of more than 1 MiB', async (api) => {
  const { prefix, shape, open, write } = api
  const large = JSON.stringify({ email: 'x'.repeat(1024 * 1024) })
  for (const path of open) {
    const response = await send('POST', `${prefix}${path}`, json, large)
    expect([response.status, response.body]).toEqual([413, shape])
  }
  const response = await send('POST', `${prefix}${write}`, await signIn(api), large)
  expect([response.status, response.body]).toEqual([413, shape])
})

test.each(APIS)('$prefix: JSON that would fill the memory is malformed', async ({ prefix, login }) => {
  const broken = await send('POST', `${prefix}${login}`, json, '{')
  for (const value of [`${'['.repeat(400_000)}${']'.repeat(400_000)}`, `[${'{},'.repeat(300_000)}{}]`]) {
    const { status, body } = await send('POST', `${prefix}${login}`, json, `{"a":${value}}`)
    expect([status, Object.keys(Object(body))]).toEqual([broken.status, Object.keys(Object(broken.body))])
  }
})

test.each(APIS)('$prefix: returns 429 with Retry-After at the limit of a network', async ({ prefix, shape, open }) => {
  for (const path of open) {
    const bindings = { ...env, COMPAT_RATE_LIMITER: refuse }
    const { status, body, headers } = await send('POST', `${prefix}${path}`, json, '{}', bindings)
    expect([status, body, headers.get('Retry-After')]).toEqual([429, shape, '60'])
  }
})

test.each(APIS)('$prefix: a registration has the limit of mails if mail is configured', async (api) => {
  const { prefix, shape, open } = api
  const register = (bindings: typeof env) => {
    const name = `mailed-${crypto.randomUUID().slice(0, 8)}`
    const email = `${name}@example.com`
    const body = {
      username: name,
      email,
      password: PASSWORD,
      user_id: name,
      user_email: email,
      user_password: PASSWORD,
    }
    return { email, response: send('POST', `${prefix}${open[0]}`, json, JSON.stringify(body), bindings) }
  }
  const refused = register({ ...mailEnv, MAIL_LIMITER: refuse })
  const { status, body, headers } = await refused.response
  expect([status, body, headers.get('Retry-After')]).toEqual([429, shape, '60'])
  expect(mailsTo(refused.email)).toEqual([])
  const accepted = register(mailEnv)
  expect((await accepted.response).status).toBe(200)
  expect(mailsTo(accepted.email)).toHaveLength(1)
})

test.each(APIS)('$prefix: returns 429 with Retry-After at the limits of an account', async (api) => {
  const { prefix, shape, write } = api
  const headers = await signIn(api)
  const creates = await send('POST', `${prefix}${write}`, headers, '{}', { ...env, CREATE_LIMITER: refuse })
  expect([creates.status, creates.body, creates.headers.get('Retry-After')]).toEqual([429, shape, '60'])
  if (prefix === '/compat/board') return
  for (const [method, path] of [
    ['PUT', '/recipes/1'],
    ['DELETE', '/recipes/1'],
    ['PUT', '/recipes/1/publish'],
    ['DELETE', '/recipes/1/publish'],
  ] as const) {
    const { status, body, ...rest } = await send(method, prefix + path, headers, '{}', {
      ...env,
      WRITE_LIMITER: refuse,
    })
    expect([status, body, rest.headers.get('Retry-After')]).toEqual([429, shape, '60'])
  }
})

test.each(APIS)('$prefix: returns 429 with Retry-After after too many wrong passwords', async (api) => {
  const { prefix, shape, login, credentials } = api
  const wrong = JSON.stringify(credentials(await account())).replace(PASSWORD, 'not the password')
  const client = { ...json, 'CF-Connecting-IP': '192.0.2.9' }
  let response = await send('POST', `${prefix}${login}`, client, wrong)
  for (let n = 0; n < 20 && response.status !== 429; n++) {
    response = await send('POST', `${prefix}${login}`, client, wrong)
  }
  expect([response.status, response.body]).toEqual([429, shape])
  expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0)
})

test.each(APIS)('$prefix: returns 503 with Retry-After without JWT_SECRET', async ({ prefix, shape, ...api }) => {
  for (const [method, path] of [['GET', api.list], ...api.open.map((one) => ['POST', one])]) {
    const { status, body, headers } = await send(String(method), `${prefix}${path}`, {}, undefined, withoutSecret)
    expect([status, body, headers.get('Retry-After')]).toEqual([503, shape, '60'])
  }
})

test.each(APIS)('$prefix: returns 503 with Retry-After for a read while the database is unavailable', async (api) => {
  const { prefix, shape, list } = api
  const lost = () => {
    throw new Error('Network connection lost.')
  }
  const bindings = { ...env, ...(env.DB && { DB: faultyD1(env.DB) }) }
  const fault = { instead: lost, times: 1_000, isDone: false }
  const { result } = await withFault(fault, () => send('GET', `${prefix}${list}`, {}, undefined, bindings))
  expect([result.status, result.body, result.headers.get('Retry-After')]).toEqual([503, shape, '2'])
})

test.each(APIS)(
  '$prefix: returns 500 for an unexpected error, without details of the database',
  async ({ prefix, shape, list }) => {
    const bindings = { ...withoutDatabase, LIBSQL_URL: emptyLibsqlUrl }
    const { status, body, text } = await send('GET', `${prefix}${list}`, {}, undefined, bindings)
    expect([status, body]).toEqual([500, shape])
    expect(text).not.toMatch(/select|table|sql/i)
  },
)

test('logs each request with the pattern of its route, and without its path', async () => {
  const lines: string[] = []
  vi.spyOn(console, 'info').mockImplementation((line) => void lines.push(String(line)))
  const requests = [
    ['GET', '/compat/board/posts', '/compat/board/posts'],
    ['HEAD', '/compat/board/posts', '/compat/board/posts'],
    ['GET', '/compat/board/post/987654', '/compat/board/post/:id'],
    ['POST', '/compat/board/user/auth', '/compat/board/user/auth'],
    ['GET', '/compat/board/swagger.json', '/compat/board/swagger.json'],
    ['GET', '/compat/recipes/recipes?limit=1', '/compat/recipes/recipes'],
    ['GET', '/compat/recipes/recipes/me', '/compat/recipes/recipes/me'],
    ['GET', '/compat/recipes/recipes/987654', '/compat/recipes/recipes/:id'],
    ['DELETE', '/compat/recipes/recipes/987654/publish', '/compat/recipes/recipes/:id/publish'],
    ['PATCH', '/compat/recipes/recipes/987654', '*'],
    ['GET', '/compat/board/nowhere', '*'],
  ] as const
  for (const [method, path] of requests) await send(method, path)
  const logged = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'request')
  expect(logged.map(({ method, route }) => [method, route])).toEqual(
    requests.map(([method, , route]) => [method, route]),
  )
  expect(lines.join('\n')).not.toMatch(/987654|nowhere|limit/)
})
