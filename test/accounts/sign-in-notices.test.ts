/** `SIGN_IN_NOTICES`: the mail after a sign-in from a new network. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { eq, sum } from 'drizzle-orm'
import { afterEach, expect, test, vi } from 'vitest'
import { createApp } from '../../src/app.ts'
import type { Env } from '../../src/config.ts'
import { connect } from '../../src/store/database.ts'
import { mailDays, outbox, signInNetworks, users } from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { APP_URL, mailEnv, mailsTo, provider, tokenTo } from '../support/mailbox.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { account, call, PASSWORD } from '../support/service.ts'

const db = connect(mailEnv)
const noticeEnv = { ...mailEnv, SIGN_IN_NOTICES: 'on' }
const [HOME, AWAY] = ['192.0.2.1', '198.51.100.7']
const SUBJECT = 'New sign-in to Example'
const DAY = 24 * 3600 * 1000
afterEach(() => void vi.useRealTimers())

const noticesTo = (email: string) => mailsTo(email).filter(({ subject }) => subject === SUBJECT)
const countMails = async () => Number((await db.select({ mails: sum(mailDays.mails) }).from(mailDays))[0]?.mails ?? 0)

const signIn = (json: object, network = AWAY, env: Env = noticeEnv) =>
  call('POST', '/users/login', { env, json: { password: PASSWORD, ...json }, headers: { 'CF-Connecting-IP': network } })

const app = createApp(connect)

/** The response without waiting for the work after it, for which the context waits. */
const post = (path: string, json: object, network: string, context: ExecutionContext) =>
  app.fetch(
    new Request(`http://postern.test${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'CF-Connecting-IP': network },
      body: JSON.stringify(json),
    }),
    noticeEnv,
    context,
  )

/** An account with a verified address. */
async function verifiedAccount(env: typeof mailEnv = noticeEnv) {
  const created = await account({ env })
  const json = { token: tokenTo(created.email, '/verify') }
  expect((await call('PUT', '/users/email-verification', { env, json })).status).toBe(204)
  return created
}

test.each([
  ['by default', {}],
  ['with "off"', { SIGN_IN_NOTICES: 'off' }],
])('%s no sign-in sends a notice', async (_, setting) => {
  const env = { ...mailEnv, ...setting }
  const { email } = await verifiedAccount(env)
  expect((await signIn({ email }, AWAY, env)).status).toBe(200)
  expect(noticesTo(email)).toEqual([])
  expect(await db.$count(outbox, eq(outbox.purpose, 'new-sign-in'))).toBe(0)
})

test('a sign-in from a new network sends a notice, and the next one from the same network does not', async () => {
  const { email, username } = await verifiedAccount()
  expect((await signIn({ email })).status).toBe(200)
  expect(noticesTo(email)).toHaveLength(1)
  expect((await signIn({ email })).status).toBe(200)
  expect((await signIn({ username })).status).toBe(200)
  expect(noticesTo(email)).toHaveLength(1)
  expect((await signIn({ username }, '198.51.100.8')).status).toBe(200)
  expect(noticesTo(email)).toHaveLength(2)
})

test('the notice has the time and instructions, and no token', async () => {
  const { email, username } = await verifiedAccount()
  const before = Date.now()
  await signIn({ email })
  const [notice] = noticesTo(email)
  const [, minute = ''] = /at (\d{4}-\d\d-\d\d \d\d:\d\d) UTC/.exec(notice?.text ?? '') ?? []
  expect(Math.abs(Date.parse(`${minute.replace(' ', 'T')}Z`) - before)).toBeLessThan(120_000)
  expect(notice?.text).toContain('If it was not you')
  expect(notice?.text.match(/https?:\S+/g)).toEqual([`${APP_URL}/reset`])
  for (const text of [notice?.text, notice?.html]) {
    // A token ends with a MAC of 43 characters.
    expect(text).not.toMatch(new RegExp(`${AWAY}|${username}|[\\w-]{43}`))
  }
})

test('registration and its repetition with the same key send no notice', async () => {
  const name = `new-${crypto.randomUUID().slice(0, 8)}`
  const json = { username: name, email: `${name}@example.com`, password: PASSWORD }
  const headers = { 'CF-Connecting-IP': HOME, 'Idempotency-Key': crypto.randomUUID() }
  const register = () => call('POST', '/users/register', { env: noticeEnv, json, headers })
  expect((await register()).status).toBe(201)
  const verification = { token: tokenTo(json.email, '/verify') }
  await call('PUT', '/users/email-verification', { env: noticeEnv, json: verification })
  expect((await register()).headers.get('Idempotent-Replayed')).toBe('true')
  expect((await signIn({ email: json.email }, HOME)).status).toBe(200)
  expect(noticesTo(json.email)).toEqual([])
})

test('the network from which the link of a quiet registration was used is known', async () => {
  const env = { ...noticeEnv, REGISTRATION: 'quiet' }
  const name = `quiet-${crypto.randomUUID().slice(0, 8)}`
  const email = `${name}@example.com`
  await call('POST', '/users/register', { env, json: { username: name, email, password: PASSWORD } })
  const json = { token: tokenTo(email, '/verify') }
  for (const network of [HOME, AWAY]) {
    const headers = { 'CF-Connecting-IP': network }
    expect((await call('PUT', '/users/email-verification', { env, json, headers })).status).toBe(204)
  }
  expect((await signIn({ email }, HOME, env)).status).toBe(200)
  expect(noticesTo(email)).toEqual([])
  expect((await signIn({ email }, AWAY, env)).status).toBe(200)
  expect(noticesTo(email)).toHaveLength(1)
})

test('a failed sign-in sends no notice', async () => {
  const { email, id } = await verifiedAccount()
  const nobody = `nobody-${crypto.randomUUID()}@example.com`
  const before = await countMails()
  expect((await signIn({ email, password: 'not it' })).status).toBe(401)
  expect((await signIn({ email: nobody })).status).toBe(401)
  for (let n = 0; n < 10; n++) await signIn({ email, password: 'not it' }, HOME)
  expect((await signIn({ email }, HOME)).status).toBe(429)
  await db.update(users).set({ suspended_at: new Date() }).where(eq(users.id, id))
  expect((await signIn({ email })).body.code).toBe('account-suspended')
  expect([noticesTo(email), mailsTo(nobody), await countMails()]).toEqual([[], [], before])
})

test('an unverified address gets no notice', async () => {
  const { email } = await account({ env: noticeEnv })
  expect((await signIn({ email })).status).toBe(200)
  expect(noticesTo(email)).toEqual([])
})

test('concurrent sign-ins from a new network send one notice', async () => {
  const { email } = await verifiedAccount()
  const responses = await Promise.all(Array.from({ length: 8 }, () => signIn({ email })))
  expect(responses.filter(({ status }) => status === 200)).toHaveLength(8)
  expect(noticesTo(email)).toHaveLength(1)
})

test('a network is known for 30 days after the last sign-in from it', async () => {
  const { email, id } = await verifiedAccount()
  vi.useFakeTimers({ toFake: ['Date'] })
  await signIn({ email })
  for (const [age, notices] of [
    [30 * DAY - 1, 1],
    [30 * DAY, 2],
  ] as const) {
    const signed_in_at = new Date(Date.now() - age)
    await db.update(signInNetworks).set({ signed_in_at }).where(eq(signInNetworks.user_id, id))
    expect((await signIn({ email })).status).toBe(200)
    expect(noticesTo(email)).toHaveLength(notices)
  }
})

test('a network is known after a rotation of the secret', async () => {
  const { email } = await verifiedAccount()
  await signIn({ email })
  const rotated = {
    ...noticeEnv,
    JWT_SECRET: 'a newer secret for tests, of 32 bytes',
    JWT_SECRET_PREVIOUS: mailEnv.JWT_SECRET,
  }
  expect((await signIn({ email }, AWAY, rotated)).status).toBe(200)
  expect(noticesTo(email)).toHaveLength(1)
})

test('the known network of one account is new for another', async () => {
  const [first, second] = [await verifiedAccount(), await verifiedAccount()]
  await signIn({ email: first.email })
  await signIn({ email: second.email })
  expect([noticesTo(first.email), noticesTo(second.email)]).toMatchObject([{ length: 1 }, { length: 1 }])
})

test('MAILS_PER_DAY counts notices, and refuses only other mails', async () => {
  const { email } = await verifiedAccount()
  const env = { ...noticeEnv, MAILS_PER_DAY: String((await countMails()) + 1) }
  expect((await signIn({ email }, AWAY, env)).status).toBe(200)
  const { status, body } = await call('POST', '/users/password-reset', { env, json: { email } })
  expect([status, body.code]).toEqual([429, 'too-many-mails'])
  expect((await signIn({ email }, HOME, env)).status).toBe(200)
  expect(noticesTo(email)).toHaveLength(2)
})

test('a notice that could not be sent stays in the outbox, and the row of a sent one is deleted', async () => {
  const { email } = await verifiedAccount()
  const rows = () => db.select().from(outbox).where(eq(outbox.purpose, 'new-sign-in'))
  provider.respond = () => Promise.reject(new Error('no'))
  expect((await signIn({ email })).status).toBe(200)
  provider.respond = async () => {}
  expect(await rows()).toMatchObject([{ recipient: email, attempts: 1, payload: null, epoch: null, sent_at: null }])
  await db.delete(outbox).where(eq(outbox.purpose, 'new-sign-in'))
  await signIn({ email }, HOME)
  expect([noticesTo(email), await rows()]).toMatchObject([{ length: 1 }, { length: 0 }])
})

test('a sign-in makes two round trips, and its notice two more after the response', async () => {
  const { email } = await verifiedAccount()
  const trips = () => countRoundTrips(async () => expect((await signIn({ email })).status).toBe(200))
  // Two round trips deliver the notice: its row is claimed, and deleted after it was sent.
  expect([await trips(), await trips()]).toEqual([4, 2])

  const { promise, resolve } = Promise.withResolvers<void>()
  provider.respond = () => promise
  const context = createExecutionContext()
  const response = await post('/users/login', { email, password: PASSWORD }, HOME, context)
  expect([response.status, noticesTo(email)]).toMatchObject([200, { length: 1 }])
  resolve()
  await waitOnExecutionContext(context)
  provider.respond = async () => {}
  expect(noticesTo(email)).toHaveLength(2)
})

test('a sign-in through an old API sends a notice too', async () => {
  const { email, username } = await verifiedAccount()
  const requests: [string, object][] = [
    ['/compat/board/user/auth', { user_id: username, user_password: PASSWORD }],
    ['/compat/recipes/users/login', { email, password: PASSWORD }],
  ]
  for (const [n, [path, json]] of requests.entries()) {
    const context = createExecutionContext()
    expect((await post(path, json, `203.0.113.${n}`, context)).status).toBe(200)
    await waitOnExecutionContext(context)
    expect(noticesTo(email)).toHaveLength(n + 1)
  }
})
