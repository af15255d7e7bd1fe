import { eq } from 'drizzle-orm'
import { afterEach, expect, test, vi } from 'vitest'
import { countSignIn, sessionSubject, signInSubjects, throttled } from '../../src/accounts/login-throttle.ts'
import { readConfig } from '../../src/config.ts'
import { connect } from '../../src/store/database.ts'
import { loginAttempts, signInNetworks } from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { accountWithMail, callWithMail, resetTokenOf } from '../support/mailbox.ts'
import { countIterations } from '../support/production-limits.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { account, call, env, PASSWORD } from '../support/service.ts'

const db = connect(env)
const config = readConfig(env)
const HOME = '192.0.2.1'
const DAY = 24 * 3600 * 1000
const later = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds)
afterEach(() => void vi.useRealTimers())

type By = { email: string } | { username: string }
const nameOf = (by: By) => ('email' in by ? { email: by.email } : { username: by.username })
const login = (by: By, password: string, network = HOME) =>
  call('POST', '/users/login', { json: { ...nameOf(by), password }, headers: { 'CF-Connecting-IP': network } })

const readFailures = async (subject: string) =>
  (
    await db.select({ failures: loginAttempts.failures }).from(loginAttempts).where(eq(loginAttempts.subject, subject))
  )[0]?.failures
const subjects = (name: By, network = HOME) => signInSubjects(config, { name: nameOf(name), network })
const failuresOf = (name: By, network = HOME) => readFailures(subjects(name, network).perNetwork)

const namedFailuresOf = (name: By) => readFailures(subjects(name).perName)

/** Records a number of failed attempts at the current time. */
const fail = (subject: string, failures: number) =>
  db.insert(loginAttempts).values({ subject, failures, failed_at: new Date(), retry_at: new Date(), nonce: '' })

test('after ten wrong passwords the correct one has to wait too', async () => {
  const { email } = await account()
  vi.useFakeTimers({ toFake: ['Date'] })
  for (let n = 0; n < 10; n++) expect((await login({ email }, 'not it')).status).toBe(401)
  expect(await failuresOf({ email })).toBe(10)

  const { status, headers, body } = await login({ email }, PASSWORD)
  expect([status, headers.get('Retry-After'), body.code]).toEqual([429, '10', 'too-many-login-attempts'])
  later(9_999)
  expect((await login({ email }, PASSWORD)).headers.get('Retry-After')).toBe('1')
  later(1)
  expect((await login({ email }, PASSWORD)).status).toBe(200)
  expect(await failuresOf({ email })).toBeUndefined()
  expect((await login({ email }, 'not it')).status).toBe(401)
})

test('nine failures cause no delay', async () => {
  const { email } = await account()
  await fail(subjects({ email }).perNetwork, 8)
  expect((await login({ email }, 'not it')).status).toBe(401)
  expect((await login({ email }, PASSWORD)).status).toBe(200)
})

test.each([
  [9, 10],
  [10, 20],
  [11, 40],
  [14, 320],
  [15, 640],
  [16, 900],
  [1_000_000, 900],
])('after %i failures, one more delays the next attempt by %i seconds', async (before, wait) => {
  const { email } = await account()
  await fail(subjects({ email }).perNetwork, before)
  vi.useFakeTimers({ toFake: ['Date'] })
  expect((await login({ email }, 'not it')).status).toBe(401)
  expect((await login({ email }, PASSWORD)).headers.get('Retry-After')).toBe(String(wait))
  later(wait * 1000 - 1)
  expect((await login({ email }, PASSWORD)).status).toBe(429)
  later(1)
  expect((await login({ email }, PASSWORD)).status).toBe(200)
})

test('of 50 concurrent wrong passwords ten are verified, and the correct one has to wait', async () => {
  const { email } = await account()
  const responses = await Promise.all(Array.from({ length: 50 }, () => login({ email }, 'not it')))
  expect(responses.filter(({ status }) => status === 401)).toHaveLength(10)
  expect(responses.filter(({ status }) => status === 429)).toHaveLength(40)
  expect((await login({ email }, PASSWORD)).status).toBe(429)
}, 60_000)

test('of 50 concurrent wrong current passwords ten are verified, and the correct one has to wait', async () => {
  const { token } = await account()
  const change = (current_password: string) =>
    call('PUT', '/users/me/password', { token, json: { current_password, new_password: 'a new passphrase' } })
  const responses = await Promise.all(Array.from({ length: 50 }, () => change('not it')))
  expect(responses.filter(({ status }) => status === 403)).toHaveLength(10)
  expect((await change(PASSWORD)).status).toBe(429)
}, 60_000)

test('a throttled attempt verifies no password and makes one round trip', async () => {
  const { email } = await account()
  await fail(subjects({ email }).perNetwork, 9)
  await login({ email }, 'not it')
  const iterations = await countIterations(async () => {
    const trips = await countRoundTrips(async () => expect((await login({ email }, 'not it')).status).toBe(429))
    expect(trips).toBe(1)
  })
  expect(iterations).toBe(0)
  expect(await failuresOf({ email })).toBe(10)
})

test('an unknown name is throttled like a known one', async () => {
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
  expect(rows.filter(({ subject }) => /nobody|192/.test(subject))).toEqual([])
})

test('failures for an address do not reveal which username belongs to it', async () => {
  const { email, username } = await account()
  for (let n = 0; n < 10; n++) await login({ email }, 'not it')
  expect((await login({ email }, 'not it')).status).toBe(429)
  expect((await login({ username }, 'not it')).status).toBe(401)
  expect((await login({ username: email }, 'not it')).status).toBe(429)
})

test('failures from another network do not delay the owner', async () => {
  const { email } = await account()
  for (let n = 0; n < 11; n++) await login({ email }, 'not it', '198.51.100.7')
  expect((await login({ email }, PASSWORD, '198.51.100.7')).status).toBe(429)
  expect((await login({ email }, PASSWORD)).status).toBe(200)
})

test('from the 100th failure over all networks on, only a network of the owner signs in without delay', async () => {
  const { email } = await account()
  expect((await login({ email }, PASSWORD)).status).toBe(200)
  await fail(subjects({ email }).perName, 99)
  expect((await login({ email }, 'not it', '198.51.100.1')).status).toBe(401)
  const { status, headers } = await login({ email }, 'not it', '198.51.100.2')
  expect([status, headers.get('Retry-After')]).toEqual([429, '10'])
  expect((await login({ email }, PASSWORD, '198.51.100.3')).status).toBe(429)
  expect((await login({ email }, PASSWORD)).status).toBe(200)
  // 30 days later the network is unknown again.
  await db.update(signInNetworks).set({ signed_in_at: new Date(Date.now() - 30 * 24 * 3600 * 1000) })
  expect((await login({ email }, PASSWORD)).status).toBe(429)
})

test('a session that is refreshed from a known network keeps it known, and makes no network known', async () => {
  const { email, id } = await account()
  const neighbor = await account()
  await login({ email: neighbor.email }, PASSWORD)
  const signedIn = (await login({ email }, PASSWORD)).body
  const networks = () => db.select().from(signInNetworks).orderBy(signInNetworks.user_id, signInNetworks.network)
  const before = await networks()
  vi.useFakeTimers({ toFake: ['Date'] })
  let refresh_token = signedIn.refresh_token as string
  const refreshFrom = async (network: string) => {
    const headers = { 'CF-Connecting-IP': network }
    const { status, body } = await call('POST', '/users/refresh', { json: { refresh_token }, headers })
    expect(status).toBe(200)
    refresh_token = body.refresh_token
  }
  later(DAY - 60_000)
  await refreshFrom(HOME)
  expect(await networks()).toEqual(before)
  later(28 * DAY)
  await refreshFrom('198.51.100.1')
  expect(await networks()).toEqual(before)
  await refreshFrom(HOME)
  const renewed = await networks()
  const changed = renewed.filter((row, n) => row.signed_in_at.getTime() !== before[n]?.signed_in_at.getTime())
  expect(changed).toMatchObject([{ user_id: id, signed_in_at: new Date() }])
  later(2 * DAY)
  const headers = { 'CF-Connecting-IP': HOME }
  expect((await call('POST', '/users/refresh', { json: { refresh_token }, headers })).status).toBe(401)
  expect(await networks()).toEqual(renewed)
  await fail(subjects({ email }).perName, 99)
  expect((await login({ email }, 'not it', '198.51.100.2')).status).toBe(401)
  expect((await login({ email }, PASSWORD, '198.51.100.1')).status).toBe(429)
  expect((await login({ email }, PASSWORD)).status).toBe(200)
})

test('an attacker with a new network for each attempt has at most 203 attempts a day, and the owner does not wait', async () => {
  const { email } = await account()
  expect((await login({ email }, PASSWORD)).status).toBe(200)
  vi.useFakeTimers({ toFake: ['Date'] })
  const end = Date.now() + 24 * 3600 * 1000
  let [verified, sent] = [0, 0]
  while (Date.now() < end) {
    const network = `198.51.${Math.floor(++sent / 250) % 250}.${sent % 250}`
    const { status, headers } = await login({ email }, 'not it', network)
    if (status === 401) verified++
    if (sent % 40 === 0) expect((await login({ email }, PASSWORD)).status).toBe(200)
    later(Number(headers.get('Retry-After') ?? 0) * 1000)
  }
  expect(verified).toBeGreaterThan(150)
  expect(verified).toBeLessThanOrEqual(203)
}, 120_000)

test('`current_password` has its own count', async () => {
  const { id, email, token } = await account()
  for (let n = 0; n < 11; n++) await login({ email }, 'not it')
  const wrong = { current_password: 'not it' }
  const responses = [
    await call('PUT', '/users/me/password', { token, json: { ...wrong, new_password: 'a new passphrase' } }),
    await call('PATCH', '/users/me', { token, json: { ...wrong, email: 'new@example.com' } }),
    await call('POST', '/users/me/delete', { token, json: wrong }),
  ]
  for (const { status, headers, body } of responses) {
    expect([status, body.code]).toEqual([403, 'wrong-password'])
    expect(headers.has('WWW-Authenticate')).toBe(false)
  }
  expect(await readFailures(sessionSubject(config, id))).toBe(3)
})

test('the current password is throttled, and the session stays active', async () => {
  const { id, token, auth } = await account()
  await fail(sessionSubject(config, id), 9)
  vi.useFakeTimers({ toFake: ['Date'] })
  const right = { current_password: PASSWORD }
  expect((await call('POST', '/users/me/delete', { token, json: { current_password: 'not it' } })).status).toBe(403)
  const responses = [
    await call('PUT', '/users/me/password', { token, json: { ...right, new_password: 'a new passphrase' } }),
    await call('PATCH', '/users/me', { token, json: { ...right, email: `${crypto.randomUUID()}@example.com` } }),
    await call('POST', '/users/me/delete', { token, json: right }),
  ]
  for (const { status, headers } of responses) {
    expect([status, headers.get('Retry-After')]).toEqual([429, '10'])
  }
  expect((await call('GET', '/users/me', { token })).status).toBe(200)
  expect((await call('POST', '/users/refresh', { json: { refresh_token: auth.refresh_token } })).status).toBe(200)
})

test('a correct current password is no failure, also if the new password is refused', async () => {
  const { id, username, token } = await account()
  await fail(sessionSubject(config, id), 5)
  const json = { current_password: PASSWORD, new_password: username }
  expect((await call('PUT', '/users/me/password', { token, json })).status).toBe(422)
  expect(await readFailures(sessionSubject(config, id))).toBeUndefined()
})

test('an attempt with the token of an ended session is not counted', async () => {
  const { id, token } = await account()
  await call('POST', '/users/logout', { token })
  const json = { current_password: 'not it', new_password: 'a new passphrase' }
  expect((await call('PUT', '/users/me/password', { token, json })).status).toBe(401)
  expect(await readFailures(sessionSubject(config, id))).toBeUndefined()
})

test('the count restarts more than a day after the last failure', async () => {
  const [day, longer] = [await account(), await account()]
  vi.useFakeTimers({ toFake: ['Date'] })
  for (const { email } of [day, longer]) await fail(subjects({ email }).perNetwork, 20)
  later(24 * 3600 * 1000)
  expect((await login(day, 'not it')).status).toBe(401)
  later(1)
  expect((await login(longer, 'not it')).status).toBe(401)
  expect([await failuresOf(day), await failuresOf(longer)]).toEqual([21, 1])
  expect((await login(longer, PASSWORD)).status).toBe(200)
})

test('a throttled attempt is counted neither for the network nor for the name', async () => {
  const { email } = await account()
  await fail(subjects({ email }).perNetwork, 9)
  const statuses = []
  for (let n = 0; n < 4; n++) statuses.push((await login({ email }, 'not it')).status)
  expect(statuses).toEqual([401, 429, 429, 429])
  expect([await failuresOf({ email }), await namedFailuresOf({ email })]).toEqual([10, 1])
})

test('failures of a known network do not count for the name', async () => {
  const { email } = await account()
  expect((await login({ email }, PASSWORD)).status).toBe(200)
  for (let n = 0; n < 3; n++) await login({ email }, 'not it')
  expect([await failuresOf({ email }), await namedFailuresOf({ email })]).toEqual([3, undefined])
})

test('Retry-After depends only on the counts of the attempt', async () => {
  const [slow, known] = [await account(), await account()]
  vi.useFakeTimers({ toFake: ['Date'] })
  expect((await login(known, PASSWORD)).status).toBe(200)
  for (const who of [slow, known]) {
    await fail(subjects(who).perName, 200)
    expect((await login(who, 'not it', '198.51.100.1')).status).toBe(401)
    expect((await login(who, 'not it', '198.51.100.2')).headers.get('Retry-After')).toBe('900')
  }
  // A known network does not wait for the name, and no account waits for another.
  const other = await account()
  for (const who of [known, other]) {
    await fail(subjects(who).perNetwork, 9)
    expect((await login(who, 'not it')).status).toBe(401)
    expect((await login(who, PASSWORD)).headers.get('Retry-After')).toBe('10')
  }
})

test('a repeated batch counts its attempt once, and its own delay does not refuse it', async () => {
  const { email } = await account()
  await fail(subjects({ email }).perNetwork, 9)
  const count = async (nonce: string, network = HOME) =>
    (await db.batch(countSignIn(db, config, { name: { email }, network, nonce }, Date.now())))[1].length
  // In between, another network is counted for the name.
  expect([await count('first'), await count('other', '198.51.100.7'), await count('first')]).toEqual([1, 1, 1])
  expect([await failuresOf({ email }), await count('second')]).toEqual([10, 0])
})

test('an attempt with an earlier clock is counted too: parallel requests start at different times', async () => {
  const { email } = await account()
  const count = async (now: number) => {
    const attempt = { name: { email }, network: HOME, nonce: crypto.randomUUID() }
    return (await db.batch(countSignIn(db, config, attempt, now)))[1].length
  }
  const now = Date.now()
  expect([await count(now), await count(now - 50), await count(now + 10), await count(now - 90)]).toEqual([1, 1, 1, 1])
  expect(await failuresOf({ email })).toBe(4)
})

test('a sign-in takes back the failures of its network, and those of other networks still count', async () => {
  const { email } = await account()
  for (let n = 0; n < 2; n++) await login({ email }, 'not it', '198.51.100.7')
  for (let n = 0; n < 3; n++) await login({ email }, 'not it')
  expect(await namedFailuresOf({ email })).toBe(5)
  expect((await login({ email }, PASSWORD)).status).toBe(200)
  const counts = [
    await failuresOf({ email }),
    await failuresOf({ email }, '198.51.100.7'),
    await namedFailuresOf({ email }),
  ]
  expect(counts).toEqual([undefined, 2, 2])
})

test('a sign-in changes no count of another account', async () => {
  const [mine, other] = [await account(), await account()]
  await fail(subjects(other).perName, 50)
  await fail(subjects(other).perNetwork, 5)
  await login(mine, 'not it')
  expect((await login(mine, PASSWORD)).status).toBe(200)
  expect([await namedFailuresOf(other), await failuresOf(other)]).toEqual([50, 5])
})

test('the count of a name is never below zero', async () => {
  const { email } = await account()
  // As after a change of the address: the network was known to the account that had it before.
  await fail(subjects({ email }).perNetwork, 5)
  expect((await login({ email }, PASSWORD)).status).toBe(200)
  expect(await namedFailuresOf({ email })).toBeUndefined()
})

test('a sign-in at the limit of the name starts no delay for other networks', async () => {
  const { email } = await account()
  vi.useFakeTimers({ toFake: ['Date'] })
  await fail(subjects({ email }).perName, 99)
  expect((await login({ email }, PASSWORD)).status).toBe(200)
  expect((await login({ email }, 'not it', '198.51.100.1')).status).toBe(401)
  expect((await login({ email }, 'not it', '198.51.100.2')).status).toBe(429)
})

test('the right current password resets the count of its account alone', async () => {
  const [mine, other] = [await account(), await account()]
  for (const { id } of [mine, other]) await fail(sessionSubject(config, id), 4)
  const json = { current_password: PASSWORD, new_password: 'a new passphrase' }
  expect((await call('PUT', '/users/me/password', { token: mine.token, json })).status).toBe(204)
  const counts = [mine, other].map(({ id }) => readFailures(sessionSubject(config, id)))
  expect(await Promise.all(counts)).toEqual([undefined, 4])
})

test('a new password by mail resets the counts of both names, of its network and of the current password', async () => {
  const { id, email, username } = await accountWithMail()
  const ofAccount = [{ email }, { username }].flatMap((name) => Object.values(subjects(name)))
  const reset = [...ofAccount, sessionSubject(config, id)]
  const kept = [subjects({ email }, '198.51.100.7').perNetwork, subjects({ email: 'nobody@example.com' }).perNetwork]
  for (const subject of [...reset, ...kept]) await fail(subject, 7)
  const json = { token: await resetTokenOf(email), new_password: 'a new passphrase' }
  const headers = { 'CF-Connecting-IP': HOME }
  expect((await callWithMail('PUT', '/users/password-reset', { json, headers })).status).toBe(204)
  expect(await Promise.all(reset.map(readFailures))).toEqual(reset.map(() => undefined))
  expect(await Promise.all(kept.map(readFailures))).toEqual([7, 7])
})

test.each([
  [1_000, '1'],
  [1_001, '2'],
  [0, '1'],
  [null, '1'],
])('a delay until %s ms from now is told in whole seconds, at least one', (at, seconds) => {
  expect(throttled(at === null ? null : new Date(at), 0).details.headers).toEqual({ 'Retry-After': seconds })
})
