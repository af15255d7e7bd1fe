import { eq } from 'drizzle-orm'
import { afterEach, expect, test, vi } from 'vitest'
import { accountSubject } from '../../src/accounts/login-throttle.ts'
import { connect } from '../../src/store/database.ts'
import { loginAttempts } from '../../src/store/schema.ts'
import { countIterations } from '../support/production-limits.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { account, call, env, PASSWORD } from '../support/service.ts'

const db = connect(env)
const later = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds)
afterEach(() => void vi.useRealTimers())

const login = (by: { email: string } | { username: string }, password: string) =>
  call('POST', '/users/login', { json: { ...by, password } })
const failuresOf = async (id: number) =>
  (
    await db
      .select({ failures: loginAttempts.failures })
      .from(loginAttempts)
      .where(eq(loginAttempts.subject, accountSubject(id)))
  )[0]?.failures

/** As if so many wrong passwords had been tried just now. */
const fail = (subject: string, failures: number) =>
  db.insert(loginAttempts).values({ subject, failures, failed_at: new Date(), retry_at: new Date() })

test('from the tenth wrong password on the right one waits too, and gets in when the wait is over', async () => {
  const { id, email, username } = await account()
  vi.useFakeTimers({ toFake: ['Date'] })
  for (let n = 0; n < 10; n++) expect((await login(n % 2 ? { email } : { username }, 'not it')).status).toBe(401)
  expect(await failuresOf(id)).toBe(10)

  const { status, headers, body } = await login({ email }, PASSWORD)
  expect(status).toBe(429)
  expect(headers.get('Retry-After')).toBe('10')
  expect(body.type).toBe('/problems/too-many-login-attempts')
  later(9_001)
  expect((await login({ username }, PASSWORD)).headers.get('Retry-After')).toBe('1')
  later(1_000)
  expect((await login({ email }, PASSWORD)).status).toBe(200)
  expect(await failuresOf(id)).toBeUndefined()
  expect((await login({ email }, 'not it')).status).toBe(401)
})

test('nobody is kept waiting by nine', async () => {
  const { id, email } = await account()
  await fail(accountSubject(id), 8)
  expect((await login({ email }, 'not it')).status).toBe(401)
  expect((await login({ email }, PASSWORD)).status).toBe(200)
})

test.each([
  [9, 10],
  [10, 20],
  [11, 40],
  [12, 80],
  [13, 160],
  [14, 320],
  [15, 640],
  [16, 900],
  [17, 900],
  [1_000_000, 900],
])('after %i failures one more makes the next try wait %i seconds', async (before, wait) => {
  const { id, email } = await account()
  await fail(accountSubject(id), before)
  vi.useFakeTimers({ toFake: ['Date'] })
  expect((await login({ email }, 'not it')).status).toBe(401)
  expect((await login({ email }, PASSWORD)).headers.get('Retry-After')).toBe(String(wait))
  later(wait * 1000)
  expect((await login({ email }, PASSWORD)).status).toBe(200)
})

test('200 wrong passwords at once count 200', async () => {
  const { id, email } = await account()
  const answers = await Promise.all(Array.from({ length: 200 }, () => login({ email }, 'not it')))
  expect(answers.map(({ status }) => status).filter((status) => status !== 401)).toEqual([])
  expect(await failuresOf(id)).toBe(200)
}, 120_000)

test('while it waits no password is looked at, and nothing is counted', async () => {
  const { id, email } = await account()
  await fail(accountSubject(id), 9)
  await login({ email }, 'not it')
  const iterations = await countIterations(async () => {
    const trips = await countRoundTrips(async () => expect((await login({ email }, 'not it')).status).toBe(429))
    expect(trips).toBe(1)
  })
  expect(iterations).toBe(0)
  expect(await failuresOf(id)).toBe(10)
})

test('a name that no account has is answered like one that an account has', async () => {
  const { email } = await account()
  const nobody = `nobody-${crypto.randomUUID()}@example.com`
  vi.useFakeTimers({ toFake: ['Date'] })
  for (let n = 0; n < 12; n++) {
    const [known, unknown] = [
      await login({ email }, 'not it'),
      await login({ email: n % 2 ? nobody : nobody.toUpperCase() }, 'not it'),
    ]
    expect(unknown.status).toBe(known.status)
    expect(unknown.headers.get('Retry-After')).toBe(known.headers.get('Retry-After'))
    expect({ ...unknown.body, request_id: '' }).toEqual({ ...known.body, request_id: '' })
  }
  const rows = await db.select({ subject: loginAttempts.subject }).from(loginAttempts)
  expect(rows.filter(({ subject }) => subject.includes('nobody'))).toEqual([])
})

test('wrong passwords are counted together, wherever they are asked for', async () => {
  const { id, email, token } = await account()
  const wrong = { current_password: 'not it' }
  await login({ email }, 'not it')
  const answers = [
    await call('PUT', '/users/me/password', { token, json: { ...wrong, new_password: 'a new passphrase' } }),
    await call('PATCH', '/users/me', { token, json: { ...wrong, email: 'new@example.com' } }),
    await call('POST', '/users/me/delete', { token, json: wrong }),
  ]
  for (const { status, headers, body } of answers) {
    expect(status).toBe(403)
    expect(body.type).toBe('/problems/wrong-password')
    expect(headers.has('WWW-Authenticate')).toBe(false)
  }
  expect(await failuresOf(id)).toBe(4)
})

test('where a password is asked for again it waits too, and the session goes on', async () => {
  const { id, token, auth } = await account()
  await fail(accountSubject(id), 9)
  const right = { current_password: PASSWORD }
  expect((await call('POST', '/users/me/delete', { token, json: { current_password: 'not it' } })).status).toBe(403)
  const answers = [
    await call('PUT', '/users/me/password', { token, json: { ...right, new_password: 'a new passphrase' } }),
    await call('PATCH', '/users/me', { token, json: { ...right, email: `${crypto.randomUUID()}@example.com` } }),
    await call('POST', '/users/me/delete', { token, json: right }),
  ]
  for (const { status, headers } of answers) {
    expect(status).toBe(429)
    expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0)
  }
  expect((await call('GET', '/users/me', { token })).status).toBe(200)
  expect((await call('POST', '/users/refresh', { json: { refresh_token: auth.refresh_token } })).status).toBe(200)
})

test('a day after the last wrong password the count begins anew, and the row of a stranger is gone', async () => {
  const { id, email } = await account()
  await login({ email: 'stranger@example.com' }, 'not it')
  await fail(accountSubject(id), 20)
  vi.useFakeTimers({ toFake: ['Date'] })
  later(24 * 3600 * 1000 + 1)
  expect((await login({ email }, 'not it')).status).toBe(401)
  expect(await failuresOf(id)).toBe(1)
  expect((await login({ email }, PASSWORD)).status).toBe(200)
  const rows = await db.select({ failed_at: loginAttempts.failed_at }).from(loginAttempts)
  expect(rows.filter(({ failed_at }) => failed_at.getTime() < Date.now() - 24 * 3600 * 1000)).toEqual([])
})
