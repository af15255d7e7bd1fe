import { eq, is, sql } from 'drizzle-orm'
import { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { beforeEach, expect, test } from 'vitest'
import { connect } from '../../src/store/database.ts'
import * as schema from '../../src/store/schema.ts'
import { mailDays, outbox } from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { accountWithMail, callWithMail, mailEnv, mails, mailsTo, resetTokenOf, tokenTo } from '../support/mailbox.ts'
import { account, call, PASSWORD } from '../support/service.ts'

const db = connect(mailEnv)
const today = new Date().toISOString().slice(0, 10)
const counted = async () => (await db.select().from(mailDays).where(eq(mailDays.day, today)))[0]?.mails ?? 0
const capped = (perDay: number) => ({ ...mailEnv, MAILS_PER_DAY: String(perDay) })
const askWithCap = (email: string, perDay: number) =>
  call('POST', '/users/password-reset', { env: capped(perDay), json: { email } })

beforeEach(async () => {
  await db.delete(mailDays)
})

test('mails are counted exactly, and at most MAILS_PER_DAY are sent', async () => {
  const accounts = await Promise.all(Array.from({ length: 12 }, () => account()))
  const before = mails.length
  const responses = await Promise.all(accounts.map(({ email }) => askWithCap(email, 5)))
  const statuses = responses.map(({ status }) => status)
  expect(statuses.filter((status) => status === 202)).toHaveLength(5)
  const refused = responses.filter(({ status }) => status === 429)
  expect(refused).toHaveLength(7)
  for (const { body, headers } of refused) {
    expect(body.code).toBe('too-many-mails')
    const seconds = Number(headers.get('Retry-After'))
    const midnight = Math.ceil((Date.parse(`${today}T00:00:00Z`) + 24 * 3600_000 - Date.now()) / 1000)
    expect(Math.abs(seconds - midnight)).toBeLessThan(5)
  }
  expect([mails.length - before, await counted()]).toEqual([5, 5])
})

test('beyond MAILS_PER_DAY, the responses for a known and an unknown address are the same, and an unknown address is not counted', async () => {
  const { email } = await account()
  for (const address of ['nobody-1@example.com', 'nobody-2@example.com', 'nobody-3@example.com']) {
    expect((await askWithCap(address, 1)).status).toBe(202)
  }
  expect(await counted()).toBe(0)
  expect((await askWithCap(email, 1)).status).toBe(202)
  expect((await askWithCap((await account()).email, 1)).status).toBe(429)
  expect((await askWithCap('nobody-4@example.com', 1)).status).toBe(429)
})

test('beyond MAILS_PER_DAY, an account is registered without a mail, and notices are sent', async () => {
  await db.insert(mailDays).values({ day: today, mails: 1 })
  const { email, token } = await account({ env: capped(1) })
  expect(mailsTo(email)).toEqual([])
  const json = { current_password: PASSWORD, new_password: 'another passphrase nobody uses' }
  expect((await call('PUT', '/users/me/password', { env: capped(1), token, json })).status).toBe(204)
  expect(mailsTo(email)).toHaveLength(1)
  expect(await counted()).toBe(2)
})

test('beyond MAILS_PER_DAY, a verification mail is refused, unless the address is verified', async () => {
  const { email, token } = await accountWithMail()
  const verify = tokenTo(email, '/verify')
  await db.delete(outbox)
  const ask = () => call('POST', '/users/me/email-verification', { env: capped(1), token })
  const { status, body } = await ask()
  expect([status, body.code]).toEqual([429, 'too-many-mails'])
  await callWithMail('PUT', '/users/email-verification', { json: { token: verify } })
  expect((await ask()).status).toBe(202)
  expect(mailsTo(email)).toHaveLength(1)
})

test('the database contains no token and no part of its MAC', async () => {
  const { email, token } = await accountWithMail()
  await callWithMail('PATCH', '/users/me', { token, json: { email: `new-${email}`, current_password: PASSWORD } })
  const tokens = [await resetTokenOf(email), tokenTo(email, '/verify'), tokenTo(`new-${email}`, '/email-change')]
  const tables = Object.values(schema).filter((value) => is(value, SQLiteTable))
  const dump = JSON.stringify(await Promise.all(tables.map((table) => db.select().from(table))))
  expect(dump).toContain(email)
  for (const mailed of tokens) {
    const mac = mailed.split('.').at(-1) ?? ''
    expect(mac).toHaveLength(43)
    expect(dump).not.toContain(mac.slice(0, 12))
  }
})

test('known and unknown addresses run the same statements, and both write a row', async () => {
  const { email } = await account()
  await db.delete(outbox)
  await callWithMail('POST', '/users/password-reset', { json: { email } })
  await callWithMail('POST', '/users/password-reset', { json: { email: 'nobody-5@example.com' } })
  const rows = await db.select({ recipient: outbox.recipient, key: sql<number>`length(throttle_key)` }).from(outbox)
  expect(rows).toEqual([
    { recipient: email, key: 49 },
    { recipient: null, key: 49 },
  ])
})

test('each route makes exactly its budget of round trips', async () => {
  const { email, token } = await accountWithMail()
  await db.delete(outbox)
  const timed = { ...mailEnv, SERVER_TIMING: 'on' }
  const queries = async (method: string, path: string, json?: object) => {
    const { status, headers } = await call(method, path, { env: timed, token, ...(json && { json }) })
    expect(status).toBeLessThan(300)
    return Number(/queries: (\d+)/.exec(headers.get('Server-Timing') ?? '')?.[1])
  }
  expect({
    ask: await queries('POST', '/users/password-reset', { email }),
    unknown: await queries('POST', '/users/password-reset', { email: 'nobody-6@example.com' }),
    'request verification': await queries('POST', '/users/me/email-verification'),
    verify: await queries('PUT', '/users/email-verification', { token: tokenTo(email, '/verify') }),
    'request a change': await queries('PATCH', '/users/me', { email: `n-${email}`, current_password: PASSWORD }),
    change: await queries('PUT', '/users/email-change', { token: tokenTo(`n-${email}`, '/email-change') }),
  }).toEqual({ ask: 1, unknown: 1, 'request verification': 1, verify: 1, 'request a change': 2, change: 1 })
  const reset = await resetTokenOf(`n-${email}`)
  const json = { token: reset, new_password: 'another passphrase nobody uses' }
  expect(await queries('PUT', '/users/password-reset', json)).toBe(2)
})
