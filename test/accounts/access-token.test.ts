import { afterEach, expect, test, vi } from 'vitest'
import { accessTokenKey, verifyAccessToken, issueAccessToken } from '../../src/accounts/access-token.ts'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { connect } from '../../src/store/database.ts'
import { account, call, env, PASSWORD } from '../support/service.ts'
import { claimsOf, craft, type Claims } from '../support/tokens.ts'

afterEach(() => void vi.useRealTimers())

const { id, token } = await account()
const good = claimsOf(token)
const now = Math.floor(Date.now() / 1000)
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(good).filter(([name]) => !names.includes(name)))
const signed = (claims: Claims, header?: Claims) => craft({ ...good, ...claims }, env.JWT_SECRET, header)

test('a token that this test signs is accepted like one of the service', async () => {
  expect(good).toMatchObject({ iss: 'postern', aud: 'postern', sub: String(id) })
  expect(Number(good.exp) - Number(good.iat)).toBe(900)
  expect((await call('GET', '/users/me', { token: signed({}) })).status).toBe(200)
})

const [head = '', payload = '', signature = ''] = token.split('.')
const refused: Record<string, string> = {
  empty: '',
  'not a JWT': 'hello',
  'HS512 with a valid signature': signed({}, { alg: 'HS512', typ: 'JWT' }),
  'alg none': `${craft({ ...good }, '', { alg: 'none', typ: 'JWT' })
    .split('.')
    .slice(0, 2)
    .join('.')}.`,
  'alg none with a signature': signed({}, { alg: 'none', typ: 'JWT' }),
  'alg in lower case': signed({}, { alg: 'hs256', typ: 'JWT' }),
  'another key': craft(good, 'another secret, also of thirty-two bytes or more'),
  'an empty key': craft(good, ''),
  'without exp': craft(without('exp'), env.JWT_SECRET),
  'exp is a string': signed({ exp: String(now + 600) }),
  'exp is null': signed({ exp: null }),
  'exp is 1e300': signed({ exp: 1e300 }),
  expired: signed({ iat: now - 1000, exp: now - 100 }),
  'expired in this second': signed({ iat: now - 900, exp: now }),
  'exp is a year ahead': signed({ exp: now + 365 * 86_400 }),
  'exp and iat are a year ahead': signed({ iat: now + 365 * 86_400 - 900, exp: now + 365 * 86_400 }),
  'without iat': craft(without('iat'), env.JWT_SECRET),
  'iat is in the future': signed({ iat: now + 300, exp: now + 1200 }),
  'without sub': craft(without('sub'), env.JWT_SECRET),
  'sub is an object': signed({ sub: { id: 1 } }),
  'sub is an array': signed({ sub: [String(id)] }),
  'sub is a number': signed({ sub: id }),
  'sub is not a number': signed({ sub: 'admin' }),
  'sub has a sign': signed({ sub: `+${id}` }),
  'sub is 0': signed({ sub: '0' }),
  'sub is another user': signed({ sub: String(id + 1) }),
  'without sid': craft(without('sid'), env.JWT_SECRET),
  'sid is not a session': signed({ sid: 'A'.repeat(22) }),
  'sid is an object': signed({ sid: {} }),
  'without jti': craft(without('jti'), env.JWT_SECRET),
  'without iss': craft(without('iss'), env.JWT_SECRET),
  'wrong iss': signed({ iss: 'somebody' }),
  'without aud': craft(without('aud'), env.JWT_SECRET),
  'wrong aud': signed({ aud: 'something' }),
  'aud is a list': signed({ aud: ['postern', 'something'] }),
  'nbf is in the future': signed({ nbf: now + 300 }),
  crit: signed({}, { alg: 'HS256', typ: 'JWT', crit: ['exp'] }),
  'a jwk in the header': signed({}, { alg: 'HS256', typ: 'JWT', jwk: { kty: 'oct', k: 'AA' } }),
  'a kid in the header': signed({}, { alg: 'HS256', typ: 'JWT', kid: '../../dev/null' }),
  'another typ in the header': signed({}, { alg: 'HS256', typ: 'refresh' }),
  'no typ in the header': signed({}, { alg: 'HS256' }),
  'claims are an array': craft([good], env.JWT_SECRET),
  'claims are null': craft(null, env.JWT_SECRET),
  'claims are not JSON': craft('{', env.JWT_SECRET),
  'a padded signature': `${token}=`,
  'a signature in standard Base64': `${head}.${payload}.${signature.replaceAll('-', '+').replaceAll('_', '/')}=`,
  'a truncated signature': token.slice(0, -1),
  'no signature': `${head}.${payload}.`,
  'a fourth part': `${token}.e30`,
  'a tab before the signature': `${head}.${payload}.\t${signature}`,
  'a payload of 100,000 characters': `${head}.${'A'.repeat(100_000)}.${signature}`,
}

test.each(Object.entries(refused))('refuses a token: %s', async (_, bad) => {
  for (const path of ['/users/me', '/posts/1']) {
    const { status, headers, body } = await call('GET', path, { token: bad })
    expect(status).toBe(401)
    expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="postern", error="invalid_token"')
    expect(body.type).toBe('/problems/invalid-token')
  }
})

test.each([
  ['two tokens in one header', `Bearer ${token}, Bearer ${token}`],
  ['no token', 'Bearer'],
])('refuses an Authorization header: %s', async (_, Authorization) => {
  const { status, headers } = await call('GET', '/users/me', { headers: { Authorization } })
  expect(status).toBe(401)
  expect(headers.get('WWW-Authenticate')).toContain('error="invalid_token"')
})

test('refuses two Authorization headers', async () => {
  const headers = new Headers({ Authorization: `Bearer ${token}` })
  headers.append('Authorization', `Bearer ${token}`)
  const { status } = await call('GET', '/users/me', { headers: Object.fromEntries(headers) })
  expect(status).toBe(401)
})

test('ignores a token in the query', async () => {
  const { status, headers } = await call('GET', `/users/me?access_token=${token}`)
  expect(status).toBe(401)
  expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="postern"')
})

test('the scheme is case-insensitive, and a small clock skew is allowed', async () => {
  expect((await call('GET', '/users/me', { headers: { Authorization: `bEARER ${token}` } })).status).toBe(200)
  expect((await call('GET', '/users/me', { token: signed({ iat: now + 30, exp: now + 900 }) })).status).toBe(200)
})

test('accepts a token signed with the previous secret, and signs new tokens with the current secret', async () => {
  const rotated = {
    ...env,
    JWT_SECRET: 'the next secret, of thirty-two bytes or more',
    JWT_SECRET_PREVIOUS: env.JWT_SECRET,
  }
  expect((await call('GET', '/users/me', { token, env: rotated })).status).toBe(200)
  expect((await call('GET', '/users/me', { token: craft(good, rotated.JWT_SECRET), env: rotated })).status).toBe(200)
  const { JWT_SECRET_PREVIOUS: _, ...taken } = rotated
  expect((await call('GET', '/users/me', { token, env: taken })).status).toBe(401)
})

const both = createApp(connect)
/** An access token of an old API. */
async function compatToken() {
  const { email } = await account()
  const headers = { 'Content-Type': 'application/json', 'CF-Connecting-IP': '192.0.2.1' }
  const body = JSON.stringify({ email, password: PASSWORD })
  const response = await both.request('/compat/recipes/users/login', { method: 'POST', headers, body }, env)
  const { access_token }: { access_token: string } = await response.json()
  return access_token
}
const compatStatus = async (access_token: string, given: typeof env = env) =>
  (await both.request('/compat/recipes/recipes/me', { headers: { Authorization: `Bearer ${access_token}` } }, given))
    .status

test('an old API accepts a token signed with the previous secret', async () => {
  const old = await compatToken()
  const next = { ...env, JWT_SECRET: 'the next secret, of thirty-two bytes or more' }
  expect(await compatStatus(old, { ...next, JWT_SECRET_PREVIOUS: env.JWT_SECRET })).toBe(200)
  expect(await compatStatus(old, next)).toBe(422)
})

test('a token of an old API is valid for 12 hours, there and in the native API', async () => {
  const old = await compatToken()
  const { iat } = claimsOf(old)
  vi.useFakeTimers({ toFake: ['Date'] })
  const statuses = async () => [(await call('GET', '/users/me', { token: old })).status, await compatStatus(old)]
  vi.setSystemTime((Number(iat) + 12 * 3600) * 1000 - 1)
  expect(await statuses()).toEqual([200, 200])
  vi.setSystemTime((Number(iat) + 12 * 3600) * 1000)
  expect(await statuses()).toEqual([401, 401])
})

const config = readConfig(env)
const sid = 'A'.repeat(22)
/** Verifies a token with a valid signature and these claims, without the database. */
const checked = (claims: Claims, at = now) =>
  verifyAccessToken(config, signed({ iat: now, exp: now + 900, sub: '7', sid, ...claims }), at * 1000)

test.each<[string, Claims]>([
  ['sub has a prefix', { sub: '+7' }],
  ['sub has a suffix', { sub: '7 ' }],
  ['sub has seventeen digits', { sub: '1'.repeat(17) }],
  ['sid has a prefix', { sid: ` ${sid}` }],
  ['sid has a suffix', { sid: `${sid}\n` }],
  ['sid is empty', { sid: '' }],
  ['jti is empty', { jti: '' }],
  ['iat is not an integer', { iat: now + 0.5 }],
  ['the payload has more than 2,000 characters', { jti: 'x'.repeat(2000) }],
])('refuses invalid claims in a token with a valid signature: %s', async (_, claims) => {
  expect(await checked({})).toEqual({ userId: 7, sessionId: sid })
  expect(await checked(claims)).toBe(null)
})

test('accepts a jti of one character, a sub of sixteen digits and any sid', async () => {
  const sub = '1234567890123456'
  expect(await checked({ jti: 'x', sub, sid: '-_0aZ'.padEnd(22, 'x') })).toEqual({
    userId: Number(sub),
    sessionId: '-_0aZ'.padEnd(22, 'x'),
  })
})

test('refuses a header segment that only ends like the expected one', async () => {
  const header = ' '.repeat(3) + JSON.stringify({ alg: 'HS256', typ: 'JWT' })
  const spaced = craft({ ...good, iat: now, exp: now + 900 }, env.JWT_SECRET, header)
  expect(spaced.endsWith(`${head}.${spaced.split('.').slice(1).join('.')}`)).toBe(true)
  expect(await verifyAccessToken(config, spaced)).toBe(null)
})

test('refuses a token with trailing characters', async () => {
  expect(await verifyAccessToken(config, token)).toMatchObject({ userId: id })
  for (const rest of ['=', '==', ' ', '\n', '.', 'A']) expect(await verifyAccessToken(config, token + rest)).toBe(null)
})

const COMPAT = 'postern compat'

test.each<[string, { iat: number; exp: number; aud?: string }, number, boolean]>([
  ['at once', { iat: 0, exp: 900 }, 0, true],
  ['valid in its last second', { iat: 0, exp: 900 }, 899.999, true],
  ['invalid when it expires', { iat: 0, exp: 900 }, 900, false],
  ['a shorter lifetime, valid in its last second', { iat: 0, exp: 100 }, 99.999, true],
  ['a shorter lifetime, invalid when it expires', { iat: 0, exp: 100 }, 100, false],
  ['valid a minute before iat', { iat: 0, exp: 900 }, -60, true],
  ['invalid more than a minute before iat', { iat: 0, exp: 900 }, -60.001, false],
  ['invalid with a lifetime of 901 seconds', { iat: 0, exp: 901 }, 0, false],
  ['invalid with a lifetime of 901 seconds, later', { iat: 0, exp: 901 }, 450, false],
  ['an old API, valid in the last second of 12 hours', { aud: COMPAT, iat: 0, exp: 43_200 }, 43_199.999, true],
  ['an old API, invalid after 12 hours', { aud: COMPAT, iat: 0, exp: 43_200 }, 43_200, false],
  ['an old API, invalid with a lifetime of 43,201 seconds', { aud: COMPAT, iat: 0, exp: 43_201 }, 0, false],
  ['12 hours are too long for the native API', { iat: 0, exp: 43_200 }, 0, false],
])('validates the times of a token: %s', async (_, { iat, exp, ...claims }, at, holds) => {
  const currentUser = await checked({ ...claims, iat: now + iat, exp: now + exp }, now + at)
  expect(currentUser).toEqual(holds ? { userId: 7, sessionId: sid } : null)
})

test('the key of a secret is imported once, and cannot be exported', async () => {
  const imports = vi.spyOn(crypto.subtle, 'importKey')
  const fresh = readConfig({ ...env, JWT_SECRET: 'a secret that no other test has, of thirty-two bytes' })
  const issued = await issueAccessToken(fresh, { userId: 7, sessionId: sid })
  for (let n = 0; n < 2; n++) expect(await verifyAccessToken(fresh, issued)).toMatchObject({ userId: 7 })
  expect(imports).toHaveBeenCalledTimes(1)
  imports.mockRestore()
  await expect(crypto.subtle.exportKey('raw', await accessTokenKey(fresh.keys))).rejects.toThrow(/extract/)
})

test('a token is issued in whole seconds and is valid for fifteen minutes', async () => {
  const claims = claimsOf(await issueAccessToken(config, { userId: 7, sessionId: sid }, 1_700_000_000_999))
  expect(claims).toMatchObject({ iat: 1_700_000_000, exp: 1_700_000_900, sub: '7', sid })
  expect(claims.jti).not.toBe(claimsOf(await issueAccessToken(config, { userId: 7, sessionId: sid })).jti)
})

test.each([['text after the token', `Bearer ${token} x`]])(
  'refuses a malformed header on a public route too: %s',
  async (_, Authorization) => {
    for (const path of ['/users/me', '/posts']) {
      const { status, body } = await call('GET', path, { headers: { Authorization } })
      expect([status, body.type]).toEqual([401, '/problems/invalid-token'])
    }
  },
)

test.each([
  ['no space after the scheme', `Bearer${token}`],
  ['text before the scheme', `x Bearer ${token}`],
  ['no scheme', token],
  ['Token', `Token ${token}`],
  ['a scheme that begins with Bearer', `Bearer-Token ${token}`],
  ['Basic', `Basic ${btoa('hong:secret')}`],
  ['Basic and a token', `Basic ${btoa('hong:secret')}, Bearer ${token}`],
])('credentials of another scheme are no token: %s', async (_, Authorization) => {
  expect((await call('GET', '/posts', { headers: { Authorization } })).status).toBe(200)
  for (const [method, path] of [
    ['GET', '/users/me'],
    ['DELETE', '/posts/1'],
    ['GET', '/operator/users'],
  ] as const) {
    const { status, headers, body } = await call(method, path, { headers: { Authorization } })
    expect([status, body.code]).toEqual([401, 'unauthenticated'])
    // RFC 6750 §3.1: no error code for an unsupported authentication method.
    expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="postern"')
  }
})

test('accepts only one encoding of a signature', async () => {
  const last = signature.at(-1) ?? ''
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  // The last character has two unused bits, so three other characters decode to the same bytes.
  const index = alphabet.indexOf(last)
  for (const other of alphabet.slice(index + 1, index + 4))
    expect((await call('GET', '/users/me', { token: token.slice(0, -1) + other })).status).toBe(401)
})

test.each(['PRIVATE', 'PUBLIC'])('signs and verifies with a secret that contains %s', async (word) => {
  const JWT_SECRET = `a secret with ${word} in it, of thirty-two bytes or more`
  const unusual = readConfig({ ...env, JWT_SECRET })
  const issued = await issueAccessToken(unusual, { userId: 7, sessionId: 'A'.repeat(22) })
  expect(await verifyAccessToken(unusual, issued)).toEqual({ userId: 7, sessionId: 'A'.repeat(22) })
})

test('accepts more than one space after the scheme', async () => {
  expect((await call('GET', '/users/me', { headers: { Authorization: `Bearer   ${token}` } })).status).toBe(200)
})

test('a public response has Vary: Authorization', async () => {
  const { status, headers } = await call('GET', '/posts', { token })
  expect(status).toBe(200)
  expect(headers.get('Vary')?.split(/, */)).toContain('Authorization')
})
