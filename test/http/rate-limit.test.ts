import { expect, test } from 'vitest'
import { networkOf } from '../../src/http/rate-limit.ts'
import { mailEnv, mailsTo } from '../support/mailbox.ts'
import { countIterations } from '../support/production-limits.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { account, app, call, env, PASSWORD } from '../support/service.ts'

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['fe80::1:2:3:4', 'fe80:0:0:0::/64'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
])('the network of %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

/** A rate-limit binding that allows two requests and records its keys. */
function limiter(limit = 2) {
  const asked: string[] = []
  const counts = new Map<string, number>()
  return {
    asked,
    env: {
      ...env,
      RATE_LIMITER: {
        limit: async ({ key }: { key: string }) => {
          asked.push(key)
          counts.set(key, (counts.get(key) ?? 0) + 1)
          return { success: (counts.get(key) ?? 0) <= limit }
        },
      },
    },
  }
}

const costly = ['/users/register', '/users/login', '/users/refresh']

test.each(costly)('POST %s is rate-limited before the body is read', async (path) => {
  const { env: guarded } = limiter()
  const headers = { 'CF-Connecting-IP': '192.0.2.1' }
  for (let n = 0; n < 2; n++)
    expect((await call('POST', path, { json: { x: 1 }, headers, env: guarded })).status).toBe(422)
  let response
  const cost = await countIterations(async () => {
    expect(
      await countRoundTrips(async () => (response = await call('POST', path, { json: {}, headers, env: guarded }))),
    ).toBe(0)
  })
  expect(cost).toBe(0)
  expect(response).toMatchObject({ status: 429, body: { type: '/problems/too-many-requests' } })
  expect(
    (await call('POST', path, { json: { x: 1 }, headers: { 'CF-Connecting-IP': '192.0.2.2' }, env: guarded })).status,
  ).toBe(422)
})

const anotherPassword = 'another passphrase nobody uses'
test.each([
  ['PATCH', '/users/me', { email: 'x@example.com', current_password: 'not it' }],
  ['PUT', '/users/me/password', { current_password: 'not it', new_password: anotherPassword }],
  ['POST', '/users/me/reauthenticate', { current_password: 'not it' }],
  ['POST', '/users/me/delete', { current_password: 'not it' }],
])(
  '%s %s verifies the current password, so it is rate-limited, for signed-in users only',
  async (method, path, json) => {
    const { token } = await account()
    const { env: guarded, asked } = limiter(1)
    const headers = { 'CF-Connecting-IP': '192.0.2.1' }
    const send = (given?: string) =>
      call(method, path, { json, headers, env: guarded, ...(given !== undefined && { token: given }) })
    expect([(await send()).status, (await send('x')).status, asked]).toEqual([401, 401, []])
    expect((await send(token)).body.code).toBe('wrong-password')
    const cost = await countIterations(async () => {
      const trips = await countRoundTrips(async () =>
        expect(await send(token)).toMatchObject({ status: 429, body: { code: 'too-many-requests' } }),
      )
      expect(trips).toBe(0)
    })
    expect([cost, asked]).toEqual([0, ['192.0.2.1', '192.0.2.1']])
  },
)

test('ignores headers in which a client can claim an address', async () => {
  const { env: guarded, asked } = limiter()
  for (const name of ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'True-Client-IP', 'X-Client-IP']) {
    await call('POST', '/users/login', {
      json: {},
      headers: { 'CF-Connecting-IP': '192.0.2.1', [name]: crypto.randomUUID() },
      env: guarded,
    })
  }
  expect(new Set(asked)).toEqual(new Set(['192.0.2.1']))
})

test('requests without a known address share one count', async () => {
  const { env: guarded, asked } = limiter()
  const init = { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } }
  await app.request('/users/login', init, guarded)
  expect(asked).toEqual(['unknown'])
})

test('other routes are not rate-limited', async () => {
  const { token } = await account()
  const { env: guarded, asked } = limiter(0)
  expect((await call('GET', '/users/me', { token, env: guarded })).status).toBe(200)
  expect((await call('GET', '/posts', { env: guarded })).status).toBe(200)
  expect(asked).toEqual([])
})

test('the binding in wrangler.toml limits requests', async () => {
  const headers = { 'CF-Connecting-IP': '198.51.100.1' }
  const responses = await Promise.all(
    Array.from({ length: 310 }, () => call('POST', '/users/login', { json: {}, headers })),
  )
  const refused = responses.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThanOrEqual(10)
  expect(refused[0]?.headers.get('Retry-After')).toBe('60')
  expect(responses.filter(({ status }) => status === 422).length + refused.length).toBe(310)
})

test.each(['/users/register', '/users/password-reset', '/users/me/email-verification'])(
  'POST %s has the limit of mails, which does not apply without mail',
  async (path) => {
    const { email, token } = await account({ env: mailEnv })
    const asked: string[] = []
    const MAIL_LIMITER = { limit: async ({ key }: { key: string }) => ({ success: asked.push(key) < 1 }) }
    const name = `limited-${crypto.randomUUID().slice(0, 8)}`
    const json = {
      '/users/register': { username: name, email: `${name}@example.com`, password: PASSWORD },
      '/users/password-reset': { email },
    }[path]
    const ask = (mail: object) =>
      call('POST', path, {
        token,
        headers: { 'CF-Connecting-IP': '2001:db8:1:2::5' },
        env: { ...env, ...mail, MAIL_LIMITER },
        ...(json && { json }),
      })
    const { MAIL_FROM, APP_URL, EMAIL } = mailEnv
    const { status, headers, body } = await ask({ MAIL_FROM, APP_URL, EMAIL })
    expect([status, headers.get('Retry-After'), body.code]).toEqual([429, '60', 'too-many-requests'])
    expect([asked, mailsTo(`${name}@example.com`)]).toEqual([['2001:db8:1:2::/64'], []])
    expect([(await ask({})).status, asked.length]).toEqual([path === '/users/register' ? 201 : 503, 1])
  },
)
