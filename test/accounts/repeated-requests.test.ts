/** Refreshes and registrations repeated with an `Idempotency-Key`, and the maximum number of sessions. */
import { eq } from 'drizzle-orm'
import { afterEach, expect, test, vi } from 'vitest'
import { connect } from '../../src/store/database.ts'
import { sessions } from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { account, call, env, PASSWORD } from '../support/service.ts'

const later = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds)
const HOUR = 3600 * 1000
afterEach(() => void vi.useRealTimers())

const refresh = (refresh_token: string, key?: string) =>
  call('POST', '/users/refresh', {
    json: { refresh_token },
    ...(key !== undefined && { headers: { 'Idempotency-Key': key } }),
  })

test.each([32_000, 10 * 60_000, 24 * HOUR - 1])(
  '%i ms after a lost response, the same key gets the same tokens',
  async (wait) => {
    const { auth } = await account()
    vi.useFakeTimers({ toFake: ['Date'] })
    const lost = await refresh(auth.refresh_token, 'first')
    later(wait)
    const again = await refresh(auth.refresh_token, 'first')
    expect([again.status, again.body.refresh_token]).toEqual([200, lost.body.refresh_token])
    expect((await refresh(again.body.refresh_token, 'second')).status).toBe(200)
  },
)

test.each<[string, number, string | undefined]>([
  ['with another key after the grace period', 10 * 60_000, 'other'],
  ['without a key after the grace period', 10 * 60_000, undefined],
  ['with the same key after a day', 24 * HOUR, 'first'],
])('the previous token ends the session %s', async (_, wait, key) => {
  const { auth } = await account()
  vi.useFakeTimers({ toFake: ['Date'] })
  const next = (await refresh(auth.refresh_token, 'first')).body
  later(wait)
  expect((await refresh(auth.refresh_token, key)).status).toBe(401)
  expect((await refresh(next.refresh_token)).status).toBe(401)
})

test('a key does not repeat a rotation without a key', async () => {
  const { auth } = await account()
  vi.useFakeTimers({ toFake: ['Date'] })
  const next = (await refresh(auth.refresh_token)).body
  later(10 * 60_000)
  expect((await refresh(auth.refresh_token, 'first')).status).toBe(401)
  expect((await refresh(next.refresh_token)).status).toBe(401)
})

test('an older token ends the session, also with its own key', async () => {
  const { auth } = await account()
  const second = (await refresh(auth.refresh_token, 'first')).body
  const third = (await refresh(second.refresh_token, 'second')).body
  expect((await refresh(auth.refresh_token, 'first')).status).toBe(401)
  expect((await refresh(third.refresh_token)).status).toBe(401)
})

/** A new person, and the registration with an `Idempotency-Key`, by default always the same. */
function person() {
  const username = `twice-${crypto.randomUUID().slice(0, 8)}`
  const json = { username, email: `${username}@example.com`, password: PASSWORD }
  const register = (fields: object = {}, key: string | undefined = username) =>
    call('POST', '/users/register', { json: { ...json, ...fields }, headers: { 'Idempotency-Key': key } })
  return { json, register }
}

test('a repeated registration with the same key signs in and creates no second account', async () => {
  const { json, register } = person()
  const first = await register()
  const again = await register()
  expect([first.status, again.status]).toEqual([201, 201])
  expect(again.body.user).toEqual(first.body.user)
  expect([first, again].map(({ headers }) => headers.get('Idempotent-Replayed'))).toEqual([null, 'true'])
  for (const { body } of [first, again]) {
    expect((await call('GET', '/users/me', { token: body.access_token })).status).toBe(200)
    expect((await refresh(body.refresh_token)).status).toBe(200)
  }
  expect((await register({ password: 'another passphrase' })).body.code).toBe('idempotency-key-reused')
  expect((await register({}, 'another')).body.code).toBe('username-taken')
  expect((await call('POST', '/users/register', { json })).body.code).toBe('username-taken')
})

test('a repeated registration without a key is refused', async () => {
  const { json } = person()
  const register = () => call('POST', '/users/register', { json })
  expect((await register()).status).toBe(201)
  expect(await register()).toMatchObject({ status: 409, body: { code: 'username-taken' } })
})

test('a repeated registration signs in until 24 hours after the first one', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const { register } = person()
  const { body } = await register()
  later(24 * HOUR - 1)
  expect(await register()).toMatchObject({ status: 201, body: { user: body.user } })
  later(1)
  expect(await register()).toMatchObject({ status: 409, body: { code: 'username-taken' } })
})

test('the log has one registration and a sign-in for each repetition', async () => {
  const { register } = person()
  const logged = vi.spyOn(console, 'info').mockImplementation(() => {})
  const { body } = await register()
  await register()
  await register({ password: 'another passphrase' })
  const lines = logged.mock.calls.map(([line]) => JSON.parse(String(line)))
  logged.mockRestore()
  const events = lines.filter(({ event }) => event.startsWith('audit.')).map(({ event, user_id }) => [event, user_id])
  expect(events).toEqual([
    ['audit.registered', body.user.id],
    ['audit.login-succeeded', body.user.id],
  ])
})

test('an account has at most 100 sessions: a new one ends the oldest, and the log has it', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const { json, register } = person()
  const { email } = json
  const tokens = [(await register()).body.access_token]
  const lines: string[] = []
  vi.spyOn(console, 'info').mockImplementation((line) => void lines.push(String(line)))
  for (let n = 0; n < 100; n++) {
    later(1000)
    const { status, body } = await call('POST', '/users/login', { json: { email, password: PASSWORD } })
    expect(status).toBe(200)
    tokens.push(body.access_token)
  }
  later(1000)
  // So does a repeated registration.
  const { body } = await register()
  vi.restoreAllMocks()
  expect(await connect(env).$count(sessions, eq(sessions.user_id, body.user.id))).toBe(100)
  const statuses = []
  for (const token of tokens.slice(0, 3)) statuses.push((await call('GET', '/users/me', { token })).status)
  expect(statuses).toEqual([401, 401, 200])
  expect(lines.filter((line) => line.includes('audit.session-evicted'))).toHaveLength(2)
}, 60_000)

test('of two sessions beyond the limit that were last used at the same time, the one that was created first ends', async () => {
  const db = connect(env)
  const { id: user_id, email } = await account()
  const row = (id: string, used: number, created: number) => {
    const [last_used_at, created_at] = [new Date(used), new Date(created)]
    const expires_at = new Date(Date.now() + 24 * HOUR)
    return { id, user_id, counter: 0, created_at, last_used_at, reauthenticated_at: created_at, expires_at }
  }
  const past = Date.now() - HOUR
  const rows = Array.from({ length: 97 }, (_, n) => row(`tie-${n}`, past + 1, past))
  rows.push(row('tie-first', past, past - 2), row('tie-second', past, past - 1))
  while (rows.length > 0) await db.insert(sessions).values(rows.splice(0, 10))
  expect((await call('POST', '/users/login', { json: { email, password: PASSWORD } })).status).toBe(200)
  const left = await db.select({ id: sessions.id }).from(sessions).where(eq(sessions.user_id, user_id))
  expect(left).toHaveLength(100)
  expect(left.map(({ id }) => id)).toContain('tie-second')
  expect(left.map(({ id }) => id)).not.toContain('tie-first')
})
