import { expect, test } from 'vitest'
import { verifyAccessToken, issueAccessToken } from '../../src/accounts/access-token.ts'
import { readConfig } from '../../src/config.ts'
import { account, call, env } from '../support/service.ts'
import { claimsOf, craft, type Claims } from '../support/tokens.ts'

const { id, token } = await account()
const good = claimsOf(token)
const now = Math.floor(Date.now() / 1000)
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(good).filter(([name]) => !names.includes(name)))
const signed = (claims: Claims, header?: Claims) => craft({ ...good, ...claims }, env.JWT_SECRET, header)

test('the tokens made here are as good as the service’s own', async () => {
  expect(good).toMatchObject({ iss: 'postern', aud: 'postern', sub: String(id) })
  expect(Number(good.exp) - Number(good.iat)).toBe(900)
  expect((await call('GET', '/users/me', { token: signed({}) })).status).toBe(200)
})

const [head = '', payload = '', signature = ''] = token.split('.')
const refused: Record<string, string> = {
  empty: '',
  'not a token': 'hello',
  'HS512, properly signed': signed({}, { alg: 'HS512', typ: 'JWT' }),
  'alg none': `${craft({ ...good }, '', { alg: 'none', typ: 'JWT' })
    .split('.')
    .slice(0, 2)
    .join('.')}.`,
  'alg none with a signature': signed({}, { alg: 'none', typ: 'JWT' }),
  'alg in lower case': signed({}, { alg: 'hs256', typ: 'JWT' }),
  'another key': craft(good, 'another secret, also of thirty-two bytes or more'),
  'no key': craft(good, ''),
  'without exp': craft(without('exp'), env.JWT_SECRET),
  'exp a string': signed({ exp: String(now + 600) }),
  'exp null': signed({ exp: null }),
  'exp huge': signed({ exp: 1e300 }),
  expired: signed({ iat: now - 1000, exp: now - 100 }),
  'expired this second': signed({ iat: now - 900, exp: now }),
  'exp a year away': signed({ exp: now + 365 * 86_400 }),
  'exp a year away, iat near it': signed({ iat: now + 365 * 86_400 - 900, exp: now + 365 * 86_400 }),
  'without iat': craft(without('iat'), env.JWT_SECRET),
  'iat ahead': signed({ iat: now + 300, exp: now + 1200 }),
  'without sub': craft(without('sub'), env.JWT_SECRET),
  'sub an object': signed({ sub: { id: 1 } }),
  'sub an array': signed({ sub: [String(id)] }),
  'sub a number': signed({ sub: id }),
  'sub not a number': signed({ sub: 'admin' }),
  'sub with a sign': signed({ sub: `+${id}` }),
  'sub zero': signed({ sub: '0' }),
  'sub another user': signed({ sub: String(id + 1) }),
  'without sid': craft(without('sid'), env.JWT_SECRET),
  'sid of no session': signed({ sid: 'A'.repeat(22) }),
  'sid an object': signed({ sid: {} }),
  'without jti': craft(without('jti'), env.JWT_SECRET),
  'without iss': craft(without('iss'), env.JWT_SECRET),
  'wrong iss': signed({ iss: 'somebody' }),
  'without aud': craft(without('aud'), env.JWT_SECRET),
  'wrong aud': signed({ aud: 'something' }),
  'aud among others': signed({ aud: ['postern', 'something'] }),
  'nbf ahead': signed({ nbf: now + 300 }),
  crit: signed({}, { alg: 'HS256', typ: 'JWT', crit: ['exp'] }),
  'a jwk in the header': signed({}, { alg: 'HS256', typ: 'JWT', jwk: { kty: 'oct', k: 'AA' } }),
  'a kid in the header': signed({}, { alg: 'HS256', typ: 'JWT', kid: '../../dev/null' }),
  'another typ': signed({}, { alg: 'HS256', typ: 'refresh' }),
  'no typ': signed({}, { alg: 'HS256' }),
  'claims an array': craft([good], env.JWT_SECRET),
  'claims null': craft(null, env.JWT_SECRET),
  'claims not JSON': craft('{', env.JWT_SECRET),
  'a padded signature': `${token}=`,
  'a signature in standard Base64': `${head}.${payload}.${signature.replaceAll('-', '+').replaceAll('_', '/')}=`,
  'a signature cut short': token.slice(0, -1),
  'no signature': `${head}.${payload}.`,
  'a part more': `${token}.e30`,
  'a line break in it': `${head}.${payload}.\t${signature}`,
  'very long': `${head}.${'A'.repeat(100_000)}.${signature}`,
}

test.each(Object.entries(refused))('a token is refused: %s', async (_, bad) => {
  for (const path of ['/users/me', '/posts/1']) {
    const { status, headers, body } = await call('GET', path, { token: bad })
    expect(status).toBe(401)
    expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="postern", error="invalid_token"')
    expect(body.type).toBe('/problems/invalid-token')
  }
})

test.each([
  ['two tokens in one header', `Bearer ${token}, Bearer ${token}`],
  ['Basic', `Basic ${btoa('hong:secret')}`],
  ['the token alone', token],
  ['another scheme', `Token ${token}`],
  ['nothing after the scheme', 'Bearer'],
])('a header is refused: %s', async (_, Authorization) => {
  const { status, headers } = await call('GET', '/users/me', { headers: { Authorization } })
  expect(status).toBe(401)
  expect(headers.get('WWW-Authenticate')).toContain('error="invalid_token"')
})

test('two Authorization headers are refused', async () => {
  const headers = new Headers({ Authorization: `Bearer ${token}` })
  headers.append('Authorization', `Bearer ${token}`)
  const { status } = await call('GET', '/users/me', { headers: Object.fromEntries(headers) })
  expect(status).toBe(401)
})

test('a token in the query is no token', async () => {
  const { status, headers } = await call('GET', `/users/me?access_token=${token}`)
  expect(status).toBe(401)
  expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="postern"')
})

test('the scheme has no case, and a clock may be a little behind', async () => {
  expect((await call('GET', '/users/me', { headers: { Authorization: `bEARER ${token}` } })).status).toBe(200)
  expect((await call('GET', '/users/me', { token: signed({ iat: now + 30, exp: now + 900 }) })).status).toBe(200)
})

test('a token that the previous secret signed still holds, and a new one is signed with the new', async () => {
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

const config = readConfig(env)
const sid = 'A'.repeat(22)
/** What is made of a token that is properly signed, with no database that could refuse it as well. */
const checked = (claims: Claims, at = now) =>
  verifyAccessToken(config, signed({ iat: now, exp: now + 900, sub: '7', sid, ...claims }), at * 1000)

test.each<[string, Claims]>([
  ['sub with something before it', { sub: '+7' }],
  ['sub with something after it', { sub: '7 ' }],
  ['sub of seventeen digits', { sub: '1'.repeat(17) }],
  ['sid with something before it', { sid: ` ${sid}` }],
  ['sid with something after it', { sid: `${sid}\n` }],
  ['sid of no length', { sid: '' }],
  ['jti of no length', { jti: '' }],
  ['iat not a whole number', { iat: now + 0.5 }],
  ['two thousand characters and more', { jti: 'x'.repeat(2000) }],
])('a token that is properly signed says nothing that it must not: %s', async (_, claims) => {
  expect(await checked({})).toEqual({ userId: 7, sessionId: sid })
  expect(await checked(claims)).toBe(null)
})

test('a token of one character of jti, sixteen digits of sub and any sid is like any other', async () => {
  const sub = '1234567890123456'
  expect(await checked({ jti: 'x', sub, sid: '-_0aZ'.padEnd(22, 'x') })).toEqual({
    userId: Number(sub),
    sessionId: '-_0aZ'.padEnd(22, 'x'),
  })
})

test('a header that only ends like ours is refused', async () => {
  const header = ' '.repeat(3) + JSON.stringify({ alg: 'HS256', typ: 'JWT' })
  const spaced = craft({ ...good, iat: now, exp: now + 900 }, env.JWT_SECRET, header)
  expect(spaced.endsWith(`${head}.${spaced.split('.').slice(1).join('.')}`)).toBe(true)
  expect(await verifyAccessToken(config, spaced)).toBe(null)
})

test('what follows a token makes it another', async () => {
  expect(await verifyAccessToken(config, token)).toMatchObject({ userId: id })
  for (const rest of ['=', '==', ' ', '\n', '.', 'A']) expect(await verifyAccessToken(config, token + rest)).toBe(null)
})

test.each([
  ['at once', { iat: 0, exp: 900 }, 0, true],
  ['in its last second', { iat: 0, exp: 900 }, 899.999, true],
  ['when it has expired', { iat: 0, exp: 900 }, 900, false],
  ['in the last second of a shorter one', { iat: 0, exp: 100 }, 99.999, true],
  ['when a shorter one has expired', { iat: 0, exp: 100 }, 100, false],
  ['a minute before it was issued', { iat: 0, exp: 900 }, -60, true],
  ['more than a minute before it was issued', { iat: 0, exp: 900 }, -60.001, false],
  ['one second too long', { iat: 0, exp: 901 }, 0, false],
  ['one second too long, later', { iat: 0, exp: 901 }, 450, false],
])('a token is asked for its time: %s', async (_, { iat, exp }, at, holds) => {
  const currentUser = await checked({ iat: now + iat, exp: now + exp }, now + at)
  expect(currentUser).toEqual(holds ? { userId: 7, sessionId: sid } : null)
})

test('a token is issued for the second that it is, and for fifteen minutes', async () => {
  const claims = claimsOf(await issueAccessToken(config, { userId: 7, sessionId: sid }, 1_700_000_000_999))
  expect(claims).toMatchObject({ iat: 1_700_000_000, exp: 1_700_000_900, sub: '7', sid })
  expect(claims.jti).not.toBe(claimsOf(await issueAccessToken(config, { userId: 7, sessionId: sid })).jti)
})

test.each([['something after the token', `Bearer ${token} x`]])(
  'a header is refused where anybody may call, too: %s',
  async (_, Authorization) => {
    for (const path of ['/users/me', '/posts']) {
      const { status, body } = await call('GET', path, { headers: { Authorization } })
      expect([status, body.type]).toEqual([401, '/problems/invalid-token'])
    }
  },
)

test.each([
  ['no space after the scheme', `Bearer${token}`],
  ['something before the scheme', `x Bearer ${token}`],
  ['Basic', `Basic ${btoa('hong:secret')}`],
])('credentials of another scheme are no access token: %s', async (_, Authorization) => {
  expect((await call('GET', '/posts', { headers: { Authorization } })).status).toBe(200)
  const { status, body } = await call('GET', '/users/me', { headers: { Authorization } })
  expect([status, body.code]).toEqual([401, 'invalid-token'])
})

test('a signature has one spelling', async () => {
  const last = signature.at(-1) ?? ''
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  // The last character has two unused bits: three neighbours decode to the same bytes.
  const index = alphabet.indexOf(last)
  for (const other of alphabet.slice(index + 1, index + 4))
    expect((await call('GET', '/users/me', { token: token.slice(0, -1) + other })).status).toBe(401)
})

test.each(['PRIVATE', 'PUBLIC'])('a secret that contains %s signs and verifies like any other', async (word) => {
  const JWT_SECRET = `a secret with ${word} in it, of thirty-two bytes or more`
  const unusual = readConfig({ ...env, JWT_SECRET })
  const issued = await issueAccessToken(unusual, { userId: 7, sessionId: 'A'.repeat(22) })
  expect(await verifyAccessToken(unusual, issued)).toEqual({ userId: 7, sessionId: 'A'.repeat(22) })
})

test('more than one space may follow the scheme', async () => {
  expect((await call('GET', '/users/me', { headers: { Authorization: `Bearer   ${token}` } })).status).toBe(200)
})

test('what anybody may see varies with who asks', async () => {
  const { status, headers } = await call('GET', '/posts', { token })
  expect(status).toBe(200)
  expect(headers.get('Vary')?.split(/, */)).toContain('Authorization')
})
