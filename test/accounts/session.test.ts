import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { eq } from 'drizzle-orm'
import { afterEach, expect, test, vi } from 'vitest'
import { verifyRefreshToken } from '../../src/accounts/session.ts'
import { readConfig } from '../../src/config.ts'
import { connect } from '../../src/store/database.ts'
import { sessions } from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { mailEnv } from '../support/mailbox.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { account, app, call, document, env, PASSWORD } from '../support/service.ts'
import { claimsOf, craft } from '../support/tokens.ts'

const db = connect(env)
const refresh = (refresh_token: string, given = env) =>
  call('POST', '/users/refresh', { json: { refresh_token }, env: given })
const login = async ({ email, password }: { email: string; password: string }, headers = {}) =>
  (await call('POST', '/users/login', { json: { email, password }, headers })).body
const alive = async (token: string) => (await call('GET', '/users/me', { token })).status === 200
const counterOf = async (token: string) =>
  (
    await db
      .select({ counter: sessions.counter })
      .from(sessions)
      .where(eq(sessions.id, String(claimsOf(token).sid)))
  )[0]?.counter

const later = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds)
afterEach(() => void vi.useRealTimers())

test('exchanges a refresh token for new tokens of the same session', async () => {
  const { auth, token } = await account()
  const { status, headers, body } = await refresh(auth.refresh_token)
  expect(status).toBe(200)
  expect(headers.get('Cache-Control')).toBe('no-store')
  expect(body.user).toEqual(auth.user)
  expect(body.refresh_token).not.toBe(auth.refresh_token)
  expect(body.access_token).not.toBe(token)
  expect(claimsOf(body.access_token).sid).toBe(claimsOf(token).sid)
  expect(await alive(body.access_token)).toBe(true)
  expect(await alive(token)).toBe(true)
})

test('50 concurrent refreshes with one token get the same successor and increment the counter once', async () => {
  const { auth, token } = await account()
  const responses = await Promise.all(Array.from({ length: 50 }, () => refresh(auth.refresh_token)))
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]))
  expect(new Set(responses.map(({ body }) => body.refresh_token)).size).toBe(1)
  expect(await counterOf(token)).toBe(1)
})

test('the previous token gets the same successor again, and the counter does not change', async () => {
  const { auth, token } = await account()
  const R2 = (await refresh(auth.refresh_token)).body.refresh_token
  const R3 = (await refresh(R2)).body.refresh_token
  const again = await refresh(R2)
  expect(again.status).toBe(200)
  expect(again.body.refresh_token).toBe(R3)
  expect(await counterOf(token)).toBe(2)
  expect((await refresh(R3)).status).toBe(200)
})

test('an older token ends the session with all of its tokens', async () => {
  const { auth } = await account()
  const R1 = auth.refresh_token
  const R2 = (await refresh(R1)).body.refresh_token
  const R3 = (await refresh(R2)).body
  const { status, headers, body } = await refresh(R1)
  expect(status).toBe(401)
  expect(body.type).toBe('/problems/invalid-refresh-token')
  expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="postern"')
  expect((await refresh(R3.refresh_token)).status).toBe(401)
  expect(await alive(R3.access_token)).toBe(false)
})

test.each([
  [119_000, 200],
  [119_999, 200],
  [120_000, 401],
  [120_001, 401],
  [121_000, 401],
])('the previous token, %i ms after the rotation, is a %i', async (wait, expected) => {
  const { auth } = await account()
  vi.useFakeTimers({ toFake: ['Date'] })
  const successor = (await refresh(auth.refresh_token)).body
  later(wait)
  expect((await refresh(auth.refresh_token)).status).toBe(expected)
  expect((await refresh(successor.refresh_token)).status).toBe(expected)
  expect(await alive(successor.access_token)).toBe(expected === 200)
})

test('a session ends 30 days after sign-in, however often it is refreshed', async () => {
  const { auth } = await account()
  let { refresh_token } = auth
  vi.useFakeTimers({ toFake: ['Date'] })
  for (let day = 0; day < 29; day += 7) {
    const response = await refresh(refresh_token)
    expect(response.status).toBe(200)
    refresh_token = response.body.refresh_token
    later(7 * 24 * 3600 * 1000)
  }
  expect((await refresh(refresh_token)).status).toBe(401)
})

test('an access token is invalid when its session ends, even if the token has not expired', async () => {
  const { auth } = await account()
  vi.useFakeTimers({ toFake: ['Date'] })
  later(30 * 24 * 3600 * 1000 - 60_000)
  const { body } = await refresh(auth.refresh_token)
  expect(await alive(body.access_token)).toBe(true)
  later(61_000)
  expect(await alive(body.access_token)).toBe(false)
})

test('a forged refresh token causes no query', async () => {
  const { auth } = await account()
  const [selector = '', counter = '', mac = ''] = auth.refresh_token.split('.')
  const forged = [
    'hello',
    '..',
    `${selector}.${counter}`,
    `${selector}.${counter}.${'A'.repeat(43)}`,
    `${selector}.1.${mac}`,
    `${selector}.00.${mac}`,
    `${selector}.-1.${mac}`,
    `${selector}.${counter}.${mac}=`,
    `${selector}.${counter}.${mac}.`,
    `${'A'.repeat(22)}.${counter}.${mac}`,
    `${selector}.${counter}.${mac.slice(0, -1)}${mac.endsWith('A') ? 'B' : 'A'}`,
    auth.access_token.slice(0, 200),
  ]
  for (const token of forged) {
    const trips = await countRoundTrips(async () =>
      expect((await refresh(token)).body.type).toBe('/problems/invalid-refresh-token'),
    )
    expect(trips).toBe(0)
  }
  expect((await refresh(auth.refresh_token)).status).toBe(200)
})

test('refuses a refresh token of another secret, accepts one of the previous secret, and issues its successor under the current one', async () => {
  const { auth } = await account()
  const next = { ...env, JWT_SECRET: 'the next secret, of thirty-two bytes or more' }
  expect((await refresh(auth.refresh_token, next)).status).toBe(401)
  const { body } = await refresh(auth.refresh_token, { ...next, JWT_SECRET_PREVIOUS: env.JWT_SECRET })
  expect((await call('GET', '/users/me', { token: body.access_token, env: next })).status).toBe(200)
  expect((await refresh(body.refresh_token, next)).status).toBe(200)
})

test('refuses an access token as a refresh token, and a refresh token as an access token', async () => {
  const { auth } = await account()
  expect((await call('GET', '/users/me', { token: auth.refresh_token })).status).toBe(401)
  expect((await refresh(auth.access_token.slice(0, 200))).status).toBe(401)
})

test('the database contains no eight consecutive characters of a token', async () => {
  const { auth, token } = await account()
  const refreshed = (await refresh(auth.refresh_token)).body
  const dump = JSON.stringify(await db.select().from(sessions))
  const tokens = [auth.refresh_token, token, refreshed.refresh_token, refreshed.access_token]
  const found = tokens.flatMap((text: string) =>
    Array.from({ length: text.length - 7 }, (_, at) => text.slice(at, at + 8)).filter((part) => dump.includes(part)),
  )
  expect(found).toEqual([])
})

test('sign-out ends the session and its access token at once', async () => {
  const mine = await account()
  const other = await login(mine)
  const { status, text } = await call('POST', '/users/logout', { token: mine.token })
  expect([status, text]).toEqual([204, ''])
  expect(await alive(mine.token)).toBe(false)
  expect((await refresh(mine.auth.refresh_token)).status).toBe(401)
  expect((await call('POST', '/users/logout', { token: mine.token })).status).toBe(401)
  expect(await alive(other.access_token)).toBe(true)
})

/** Bodies of the guarded operations that would be accepted in an active session. */
const guarded = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { security }]) =>
    security?.some((scheme) => 'bearer' in scheme) ? [[method.toUpperCase(), path] as const] : [],
  ),
)
const BODIES: Record<string, unknown> = {
  'POST /posts': { title: 'x', body: 'x' },
  'PATCH /posts/{id}': { title: 'y' },
  'POST /recipes': { title: 'x' },
  'PATCH /recipes/{id}': { title: 'y' },
  'PATCH /users/me': { username: 'somebody-else' },
  'PUT /users/me/password': { current_password: PASSWORD, new_password: 'a new passphrase' },
  'POST /users/me/delete': { current_password: PASSWORD },
  'POST /users/me/reauthenticate': { current_password: PASSWORD },
  'POST /posts/{id}/reports': { reason: 'spam' },
  'POST /recipes/{id}/reports': { reason: 'spam' },
  'POST /operator/invitations': { email: 'new@example.com' },
  'PATCH /operator/reports/{id}': { status: 'open' },
  'DELETE /operator/users/{id}': { reason: 'x' },
  'PUT /operator/users/{id}/suspension': { reason: 'x' },
  'PUT /operator/posts/{id}/hidden': { reason: 'x' },
  'PUT /operator/recipes/{id}/hidden': { reason: 'x' },
}

test.each(guarded)('%s %s refuses the token of an ended session', async (method, path) => {
  const { token } = await account()
  const { body } = await call('POST', '/posts', { token, json: { title: 'x', body: 'x', visibility: 'public' } })
  expect((await call('POST', '/users/logout', { token })).status).toBe(204)
  const json = BODIES[`${method} ${path}`]
  const response = await call(method, path.replace('{id}', String(body.id)), {
    env: mailEnv,
    token,
    ...(json !== undefined && { json }),
  })
  expect(response.status).toBe(401)
  expect(response.headers.get('WWW-Authenticate')).toBe('Bearer realm="postern", error="invalid_token"')
})

test('lists the sessions of the current user, most recently used first, with their user agents', async () => {
  const mine = await account()
  vi.useFakeTimers({ toFake: ['Date'] })
  later(1000)
  const phone = await login(mine, { 'User-Agent': 'a phone' })
  later(1000)
  await refresh(mine.auth.refresh_token)
  const stranger = await account()
  const { body } = await call('GET', '/users/me/sessions', { token: mine.token })
  expect(body.items).toMatchObject([
    { current: true, user_agent: null },
    { current: false, user_agent: 'a phone', id: claimsOf(phone.access_token).sid },
  ])
  expect(Date.parse(body.items[0].last_used_at)).toBeGreaterThan(Date.parse(body.items[1].last_used_at))
  expect(Date.parse(body.items[1].expires_at) - Date.parse(body.items[1].created_at)).toBe(30 * 24 * 3600 * 1000)
  expect(JSON.stringify(body)).not.toContain(String(claimsOf(stranger.token).sid))
})

test('the pages of the list have each session once, also those that were used in the same millisecond', async () => {
  const mine = await account()
  vi.useFakeTimers({ toFake: ['Date'] })
  for (let n = 0; n < 6; n++) {
    if (n % 2 === 0) later(1000)
    await login(mine)
  }
  const list = async (path: string) => call('GET', path, { token: mine.token })
  const ids = ({ body }: { body: { items: { id: string }[] } }) => body.items.map(({ id }) => id)
  const all = await list('/users/me/sessions')
  expect([ids(all).length, all.body.next_cursor, all.headers.get('Link')]).toEqual([7, null, null])

  const seen: string[] = []
  let next: string | undefined = '/users/me/sessions?limit=3'
  while (next) {
    const page = await list(next)
    expect(page.headers.get('Cache-Control')).toBe('no-store')
    seen.push(...ids(page))
    next = /^<(.+)>; rel="next"$/.exec(page.headers.get('Link') ?? '')?.[1]
    expect(next === undefined).toBe(page.body.next_cursor === null)
  }
  expect(seen).toEqual(ids(all))
})

test('a page of sessions that have ended since is empty, and a cursor of another user is refused', async () => {
  const [mine, other] = [await account(), await account()]
  vi.useFakeTimers({ toFake: ['Date'] })
  later(1000)
  const { access_token: token } = await login(mine)
  const first = await call('GET', '/users/me/sessions?limit=1', { token })
  const path = `/users/me/sessions?limit=1&cursor=${first.body.next_cursor}`
  const refused = await call('GET', path, { token: other.token })
  expect([refused.status, refused.body.errors[0].parameter]).toEqual([422, 'cursor'])
  expect((await call('GET', path, { token })).body.items).toHaveLength(1)
  await call('DELETE', '/users/me/sessions', { token })
  expect((await call('GET', path, { token })).body).toEqual({ items: [], next_cursor: null })
  expect((await call('GET', path, { token: mine.token })).status).toBe(401)
})

test('ends one session, and returns 404 for the session of another user and for an unknown one', async () => {
  const mine = await account()
  const stranger = await account()
  const phone = await login(mine)
  const end = (id: unknown) => call('DELETE', `/users/me/sessions/${String(id)}`, { token: mine.token })
  expect((await end(claimsOf(phone.access_token).sid)).status).toBe(204)
  expect(await alive(phone.access_token)).toBe(false)
  expect((await end(claimsOf(phone.access_token).sid)).status).toBe(404)
  expect((await end(claimsOf(stranger.token).sid)).status).toBe(404)
  expect(await alive(stranger.token)).toBe(true)
  expect((await end('%00')).status).toBe(404)
  expect((await end(claimsOf(mine.token).sid)).status).toBe(204)
  expect(await alive(mine.token)).toBe(false)
})

test('ends every other session', async () => {
  const mine = await account()
  const stranger = await account()
  const others = [await login(mine), await login(mine)]
  expect((await call('DELETE', '/users/me/sessions', { token: mine.token })).status).toBe(204)
  for (const { access_token } of others) expect(await alive(access_token)).toBe(false)
  expect(await alive(mine.token)).toBe(true)
  expect(await alive(stranger.token)).toBe(true)
  expect((await call('DELETE', '/users/me/sessions', { token: mine.token })).status).toBe(204)
})

test('sign-in deletes the expired sessions of the user', async () => {
  const mine = await account()
  vi.useFakeTimers({ toFake: ['Date'] })
  later(31 * 24 * 3600 * 1000)
  const { access_token } = await login(mine)
  const rows = await db.select({ id: sessions.id }).from(sessions).where(eq(sessions.user_id, mine.id))
  expect(rows).toEqual([{ id: claimsOf(access_token).sid }])
})

test('truncates a long user agent', async () => {
  const mine = await account()
  await login(mine, { 'User-Agent': 'x'.repeat(5000) })
  const { body } = await call('GET', '/users/me/sessions', { token: mine.token })
  expect(Math.max(...body.items.map(({ user_agent }: { user_agent: string | null }) => user_agent?.length ?? 0))).toBe(
    512,
  )
})

test('the session routes make one round trip each', async () => {
  const mine = await account()
  const phone = await login(mine)
  const { token } = mine
  expect({
    refresh: await countRoundTrips(() => refresh(mine.auth.refresh_token)),
    list: await countRoundTrips(() => call('GET', '/users/me/sessions', { token })),
    revoke: await countRoundTrips(() =>
      call('DELETE', `/users/me/sessions/${String(claimsOf(phone.access_token).sid)}`, { token }),
    ),
    'revoke all others': await countRoundTrips(() => call('DELETE', '/users/me/sessions', { token })),
    logout: await countRoundTrips(() => call('POST', '/users/logout', { token })),
  }).toEqual({ refresh: 1, list: 1, revoke: 1, 'revoke all others': 1, logout: 1 })
})

test('more than nine operations are guarded', () => {
  expect(guarded.length).toBeGreaterThan(9)
  expect(app.routes.length).toBeGreaterThan(20)
})

const LIFETIME = 30 * 24 * 3600 * 1000
const listed = async (token: string) => {
  const { body } = await call('GET', '/users/me/sessions', { token })
  return body.items?.map((item: { id: string }) => item.id)
}

test('every operation refuses a session from the millisecond of its expiry on', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const mine = await account()
  const { sid } = claimsOf(mine.token)
  later(LIFETIME - 60_000)
  const phone = (await login(mine)).access_token
  const { body } = await refresh(mine.auth.refresh_token)
  later(59_999)
  const last = await refresh(body.refresh_token)
  expect(last.status).toBe(200)
  expect(await alive(body.access_token)).toBe(true)
  expect(await listed(phone)).toContain(sid)
  later(1)
  expect(await alive(body.access_token)).toBe(false)
  expect((await refresh(last.body.refresh_token)).status).toBe(401)
  expect(await listed(phone)).toEqual([claimsOf(phone).sid])
  expect((await call('DELETE', `/users/me/sessions/${String(sid)}`, { token: phone })).status).toBe(404)
  await login(mine)
  expect(await counterOf(mine.token)).toBe(undefined)
})

test('a refresh in an expired session is not reported as theft, and the row stays until the next sign-in', async () => {
  const logged = vi.spyOn(console, 'info').mockImplementation(() => {})
  vi.useFakeTimers({ toFake: ['Date'] })
  const mine = await account()
  const { body } = await refresh(mine.auth.refresh_token)
  later(LIFETIME)
  for (const token of [body.refresh_token, body.refresh_token]) expect((await refresh(token)).status).toBe(401)
  expect(await counterOf(mine.token)).toBe(1)
  expect(logged.mock.calls.flat().join('\n')).not.toContain('refresh-reuse')
  logged.mockRestore()
})

test('the previous token is refused from the expiry of the session on, also within the grace period', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const { auth } = await account()
  later(LIFETIME - 1)
  for (let n = 0; n < 2; n++) expect((await refresh(auth.refresh_token)).status).toBe(200)
  later(1)
  expect((await refresh(auth.refresh_token)).body.code).toBe('invalid-refresh-token')
})

test('refuses a refresh token that is newer than the session, as after the restore of a backup', async () => {
  const { auth, token } = await account()
  const R2 = (await refresh(auth.refresh_token)).body.refresh_token
  const R3 = (await refresh(R2)).body.refresh_token
  const id = String(claimsOf(token).sid)
  await db.update(sessions).set({ counter: 0 }).where(eq(sessions.id, id))
  for (const newer of [R2, R3]) expect((await refresh(newer)).body.code).toBe('invalid-refresh-token')
  expect(await counterOf(token)).toBe(0)
})

test('sign-in deletes no expired sessions of other users', async () => {
  const mine = await account()
  const stranger = await account()
  vi.useFakeTimers({ toFake: ['Date'] })
  later(LIFETIME)
  await login(mine)
  expect(await counterOf(mine.token)).toBe(undefined)
  expect(await counterOf(stranger.token)).toBe(0)
})

test('a refresh and a reused token change no other session', async () => {
  const mine = await account()
  const stranger = await account()
  const phone = await login(mine)
  await refresh((await refresh(phone.refresh_token)).body.refresh_token)
  const others = [phone.access_token, stranger.token]
  const R2 = (await refresh(mine.auth.refresh_token)).body
  expect(await Promise.all(others.map(counterOf))).toEqual([2, 0])
  await refresh(R2.refresh_token)
  expect((await refresh(mine.auth.refresh_token)).status).toBe(401)
  expect(await counterOf(mine.token)).toBe(undefined)
  expect(await Promise.all(others.map(counterOf))).toEqual([2, 0])
})

test('the token of an ended session can neither end nor list other sessions', async () => {
  const mine = await account()
  const phone = (await login(mine)).access_token
  const { token } = mine
  expect((await call('POST', '/users/logout', { token })).status).toBe(204)
  const id = String(claimsOf(phone).sid)
  for (const [method, path] of [
    ['DELETE', `/users/me/sessions/${id}`],
    ['DELETE', '/users/me/sessions'],
    ['GET', '/users/me/sessions'],
  ] as const) {
    const { status, body } = await call(method, path, { token })
    expect([status, body.type]).toEqual([401, '/problems/invalid-token'])
  }
  expect(await listed(phone)).toEqual([id])
})

test('refuses a token with a valid signature whose user does not own its session', async () => {
  const mine = await account()
  const stranger = await account()
  const mixed = craft({ ...claimsOf(mine.token), sub: String(stranger.id) }, env.JWT_SECRET)
  expect(await alive(mixed)).toBe(false)
  expect((await call('DELETE', '/users/me/sessions', { token: mixed })).status).toBe(401)
  expect([await alive(mine.token), await alive(stranger.token)]).toEqual([true, true])
})

test('the first refresh token of a session has the counter 0', async () => {
  const { auth, token } = await account()
  expect(auth.refresh_token.split('.')[1]).toBe('0')
  expect(await counterOf(token)).toBe(0)
})

test('the log has a sign-out for the current session, and a revocation for another one', async () => {
  const mine = await account()
  const phone = (await login(mine)).access_token
  const logged = vi.spyOn(console, 'info').mockImplementation(() => {})
  for (const sid of [claimsOf(phone).sid, claimsOf(mine.token).sid]) {
    await call('DELETE', `/users/me/sessions/${String(sid)}`, { token: mine.token })
  }
  const events = logged.mock.calls.map(([line]) => JSON.parse(String(line)).event)
  logged.mockRestore()
  expect(events.filter((event: string) => event.startsWith('audit.'))).toEqual([
    'audit.session-revoked',
    'audit.logout',
  ])
})

const config = readConfig(env)
/** A refresh token with a valid MAC for any selector and counter. */
const withMac = (selector: string, counter: string, [first, second] = ['.', '.']) => {
  const mac = hmac(sha256, config.keys.refresh, utf8ToBytes(`${selector}.${counter}`))
  return `${selector}${first}${counter}${second}${mac.toBase64({ alphabet: 'base64url', omitPadding: true })}`
}
const selector = 'A'.repeat(22)
const genuine = withMac(selector, '0')

test.each([
  ['a short selector', withMac('A'.repeat(21), '0')],
  ['a long selector', withMac('A'.repeat(23), '0')],
  ['a counter of eleven digits', withMac(selector, '1'.repeat(11))],
  ['another character for the first dot', withMac(selector, '0', ['~', '.'])],
  ['another character for the second dot', withMac(selector, '0', ['.', '~'])],
  ['a prefix', `~${genuine}`],
  ['a suffix', `${genuine}\n`],
  ['a truncated MAC', genuine.slice(0, -1)],
  ['a longer MAC', `${genuine}A`],
  ['no MAC', `${selector}.0.`],
])('refuses a malformed refresh token even with a valid MAC: %s', (_, token) => {
  expect(verifyRefreshToken(config, genuine)).toMatchObject({ selector, counter: 0 })
  expect(verifyRefreshToken(config, token)).toBe(null)
})
