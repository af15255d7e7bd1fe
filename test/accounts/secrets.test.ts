import { beforeEach, expect, test, vi } from 'vitest'
import { connect } from '../../src/store/database.ts'
import { users } from '../../src/store/schema.ts'
import { account, call, emptyLibsqlUrl, env, PASSWORD } from '../support/service.ts'
import { craft } from '../support/tokens.ts'

/** Everything that was logged, at any level. */
const logged: string[] = []
for (const level of ['debug', 'log', 'info', 'warn', 'error', 'trace'] as const) {
  vi.spyOn(console, level).mockImplementation((...args) => void logged.push(args.map(String).join(' ')))
}
beforeEach(() => void (logged.length = 0))

const PEPPER = 'canary pepper, not to be seen'
const peppered = { ...env, PASSWORD_PEPPER: PEPPER }

/** Requests of every type, and the secrets that no response and no log line may contain. */
async function everything() {
  const password = `canary-${crypto.randomUUID()}`
  const wrong = `canary-${crypto.randomUUID()}`
  const { email, username, token, auth } = await account({ password })
  const hashes = await connect(env).select({ hash: users.password_hash }).from(users)
  const forged = craft({ sub: '1' }, 'canary secret that is thirty-two bytes or more')
  const lost = { ...env, LIBSQL_URL: emptyLibsqlUrl, PASSWORD_PEPPER: PEPPER }
  const registration = { username: 'x', email: 'x@example.com', password }
  const post = { title: 'a title', body: 'a body' }

  const responses = [
    await call('POST', '/users/login', { json: { email, password }, env: peppered }),
    await call('POST', '/users/login', { json: { email, password: wrong } }),
    await call('POST', '/users/login', { json: { username: password, password: wrong } }),
    await call('POST', '/users/login', { json: { password }, headers: { Authorization: `Bearer ${forged}` } }),
    await call('POST', '/users/register', { json: { username, email, password } }),
    await call('POST', '/users/register', { json: { username, email, password, more: password } }),
    await call('POST', '/users/register', { json: { ...registration, username: password, email: password } }),
    await call('POST', '/users/register', { json: registration, env: lost }),
    await call('POST', '/users/login', { json: { email, password }, env: lost }),
    await call('POST', '/users/login', {
      body: `{"password":"${password}"`,
      headers: { 'Content-Type': 'application/json' },
    }),
    await call('POST', '/users/login', { body: password, headers: { 'Content-Type': 'text/plain' } }),
    await call('GET', '/users/me', { token }),
    await call('GET', '/users/me', { token: forged }),
    await call('GET', '/users/me', { token, env: lost }),
    await call('GET', `/users/me?access_token=${token}`),
    await call('GET', `/nowhere/${password}?password=${password}&token=${token}`),
    await call('POST', '/posts', { token, json: post }),
    await call('POST', '/posts', { token, json: { ...post, title: 1 } }),
    await call('POST', '/posts', { token, json: post, env: lost }),
    await call('GET', `/posts?cursor=${token.slice(0, 190)}`),
    await call('GET', '/posts/1', { token }),
    await call('GET', '/openapi.json'),
    await call('GET', '/health', { env: lost }),
    await call('GET', '/health', { env: { ...env, JWT_SECRET: 'a canary of a secret' } }),
    await call('GET', '/health', {
      env: { ...env, LIBSQL_URL: 'canary://user:secret@host', LIBSQL_AUTH_TOKEN: 'canary-auth' },
    }),
  ]
  const secrets = [
    password,
    wrong,
    PASSWORD,
    token,
    auth.refresh_token,
    forged,
    PEPPER,
    env.JWT_SECRET,
    'a canary of a secret',
    'canary-auth',
    'user:secret',
    ...hashes.map(({ hash }) => hash),
  ]
  return { responses, secrets, email }
}

test('no response and no log line contains a password, a hash, a token or a secret', async () => {
  const { responses, secrets, email } = await everything()
  const granted = ['access_token', 'refresh_token']
  const shown = responses.map(({ text, headers, body }) => {
    const rest =
      typeof body === 'object'
        ? JSON.stringify({ ...body, ...Object.fromEntries(granted.map((name) => [name, ''])) })
        : text
    return rest + JSON.stringify([...headers])
  })
  expect(responses.filter(({ status }) => status >= 500).length).toBeGreaterThan(4)
  expect(logged.length).toBeGreaterThan(responses.length)
  for (const secret of secrets) {
    const parts = [secret, secret.split('.').at(-1) ?? secret, secret.split('$').at(-1) ?? secret]
    for (const part of parts) {
      expect(shown.filter((text) => text.includes(part))).toEqual([])
      expect(logged.filter((line) => line.includes(part))).toEqual([])
    }
  }
  expect(logged.filter((line) => line.includes(email))).toEqual([])
})

test('the search finds a logged secret', () => {
  console.log('password', PASSWORD)
  expect(logged.filter((line) => line.includes(PASSWORD))).toHaveLength(1)
})

test('logs a failure with the request id and its cause, and without parameters', async () => {
  const { headers } = await call('GET', '/posts', { env: { ...env, LIBSQL_URL: emptyLibsqlUrl } })
  const failure = logged.map((line) => JSON.parse(line)).find(({ event }) => event === 'failure')
  expect(failure).toMatchObject({
    level: 'error',
    request_id: headers.get('X-Request-Id'),
    message: expect.stringContaining('no such table: posts'),
  })
  expect(JSON.stringify(failure)).not.toContain('select')
})

test('logs one line for each request with its route, and input cannot split it', async () => {
  await call('GET', '/posts/1', { headers: { 'X-Request-Id': 'abc', 'User-Agent': 'x' } })
  expect(logged).toHaveLength(1)
  expect(JSON.parse(logged[0] ?? '')).toMatchObject({
    level: 'info',
    event: 'request',
    request_id: 'abc',
    method: 'GET',
    route: '/posts/:id',
  })
  logged.length = 0
  await call('GET', '/posts/%0d%0a{"level":"error"}', {})
  expect(logged).toHaveLength(1)
  expect(logged[0]).not.toMatch(/[\r\n]/)
})
