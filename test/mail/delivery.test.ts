import { eq } from 'drizzle-orm'
import { beforeEach, expect, test, vi } from 'vitest'
import { deriveInline } from '../../src/accounts/key-derivation.ts'
import { matchInline } from '../../src/accounts/password.ts'
import { requestPasswordReset } from '../../src/accounts/recovery.ts'
import { readConfig } from '../../src/config.ts'
import { deliver, MAX_ATTEMPTS, sweepOutbox } from '../../src/mail/delivery.ts'
import { MailError, type Mail } from '../../src/mail/mailer.ts'
import { readMailToken } from '../../src/mail/token.ts'
import { connect } from '../../src/store/database.ts'
import { outbox, users } from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { mailEnv } from '../support/mailbox.ts'
import { account } from '../support/service.ts'

const db = connect(mailEnv)
const config = readConfig(mailEnv)
const MINUTE = 60_000

beforeEach(async () => {
  await db.delete(outbox)
})

/** A mailer that records the mails and responds as a test specifies. */
function recorder(respond: () => Promise<void> = async () => {}) {
  const sent: Mail[] = []
  const mailer = async (mail: Mail) => {
    sent.push(mail)
    await respond()
  }
  return { sent, mailer }
}

const failing = (isTemporary: boolean) => recorder(() => Promise.reject(new MailError('no', isTemporary)))

/** Requests a reset mail without sending it, as if the Worker were killed between the batch and the mail. */
async function askForReset(now = Date.now()) {
  const { email, id } = await account()
  const ids: string[] = []
  const deliverLater = (mailId: string) => void ids.push(mailId)
  const caller = {
    config,
    requestId: 'test',
    userAgent: undefined,
    network: '192.0.2.1',
    derive: deriveInline,
    matchLegacy: matchInline,
    audit: () => {},
    deliver: deliverLater,
  }
  await requestPasswordReset(db, caller, email, now)
  return { email, id, mailId: ids[0] ?? '' }
}

const rowOf = async (recipient: string) => (await db.select().from(outbox).where(eq(outbox.recipient, recipient)))[0]
const tokenIn = ({ text }: Mail) => /#(\S+)$/m.exec(text)?.[1] ?? ''

test('the sweep sends a mail that its request did not send, once', async () => {
  const { email } = await askForReset()
  const { sent, mailer } = recorder()
  for (let n = 0; n < 3; n++) await sweepOutbox(db, config, mailer)
  expect(sent.map(({ to, subject }) => [to, subject])).toEqual([[email, 'Set a new password for Example']])
  expect((await rowOf(email))?.sent_at).not.toBeNull()
})

test('ten concurrent sweeps and the request send a mail once', async () => {
  const { mailId } = await askForReset()
  const { sent, mailer } = recorder()
  const sweeps = Array.from({ length: 10 }, () => sweepOutbox(db, config, mailer))
  await Promise.all([...sweeps, deliver(db, config, mailer, mailId)])
  expect(sent).toHaveLength(1)
})

test('a mail is claimed again only after the lease of a killed process has expired', async () => {
  const { mailId } = await askForReset()
  const now = Date.now()
  const hanging = recorder(() => new Promise<never>(() => {}))
  void deliver(db, config, hanging.mailer, mailId, () => now)
  await vi.waitFor(() => expect(hanging.sent).toHaveLength(1))

  const { sent, mailer } = recorder()
  await sweepOutbox(db, config, mailer, () => now + 2 * MINUTE)
  expect(sent).toEqual([])
  await sweepOutbox(db, config, mailer, () => now + 3 * MINUTE)
  // The same id, in case the killed process had sent the mail.
  expect(sent).toEqual(hanging.sent)
})

test('a mail with temporary failures is tried six times, with growing delays', async () => {
  const start = Date.now()
  await askForReset(start)
  const { sent, mailer } = failing(true)
  const tries: number[] = []
  for (let minute = 0; minute < 24 * 60; minute++) {
    const before = sent.length
    await sweepOutbox(db, config, mailer, () => start + minute * MINUTE)
    if (sent.length > before) tries.push(minute)
  }
  expect(tries).toEqual([0, 1, 11, 41, 161, 521])
  expect(tries).toHaveLength(MAX_ATTEMPTS)
}, 120_000)

test('a permanent failure is not tried again', async () => {
  const start = Date.now()
  await askForReset(start)
  const { sent, mailer } = failing(false)
  for (let hour = 0; hour < 23; hour++) await sweepOutbox(db, config, mailer, () => start + hour * 60 * MINUTE)
  expect(sent).toHaveLength(1)
})

test('a delayed mail is sent when the provider accepts it again', async () => {
  const start = Date.now()
  const { email } = await askForReset(start)
  await sweepOutbox(db, config, failing(true).mailer, () => start)
  const { sent, mailer } = recorder()
  await sweepOutbox(db, config, mailer, () => start + 5 * MINUTE)
  expect(sent.map(({ to }) => to)).toEqual([email])
})

test('attempts within 15 minutes send the same mail under the same id, and later ones a new token', async () => {
  const start = Date.now()
  await askForReset(start)
  const { sent, mailer } = failing(true)
  for (const minutes of [0, 5, 15, 16]) await sweepOutbox(db, config, mailer, () => start + minutes * MINUTE)
  const [first, second, third] = sent
  if (!first || !second || !third) throw new Error('an attempt is missing')
  expect(second).toEqual(first)
  expect(third.id).not.toBe(first.id)
  const at = (minutes: number) => start + minutes * MINUTE - 1_000
  expect(readMailToken(config, 'reset', tokenIn(first), at(30))).not.toBeNull()
  expect(readMailToken(config, 'reset', tokenIn(first), at(31))).toBeNull()
  expect(readMailToken(config, 'reset', tokenIn(third), at(45))).not.toBeNull()
})

test('drops a mail after a day, and a sent mail a day after it was sent', async () => {
  const start = Date.now()
  const { email } = await askForReset(start)
  const { sent, mailer } = recorder()
  await sweepOutbox(db, config, mailer, () => start + 24 * 60 * MINUTE + 1)
  expect([sent, await rowOf(email)]).toEqual([[], undefined])

  const other = await askForReset(start)
  await sweepOutbox(db, config, mailer, () => start + 60 * MINUTE)
  await sweepOutbox(db, config, mailer, () => start + 24 * 60 * MINUTE + 1)
  expect(await rowOf(other.email)).toBeDefined()
  await sweepOutbox(db, config, mailer, () => start + 25 * 60 * MINUTE + 1)
  expect([sent.length, await rowOf(other.email)]).toEqual([1, undefined])
})

test('sends no token to a former address of the account', async () => {
  const { id, email } = await askForReset()
  await db.update(users).set({ epoch: 1 }).where(eq(users.id, id))
  const { sent, mailer } = recorder()
  await sweepOutbox(db, config, mailer)
  expect([sent, await rowOf(email)]).toEqual([[], undefined])
})

test('a sweep sends at most 20 mails, oldest claims first, with at most 50 statements', async () => {
  const created_at = new Date()
  const rows = Array.from({ length: 35 }, (_, n) => ({
    mail_id: `mail-${n}`,
    throttle_key: `notice-${n}`,
    purpose: 'password-changed' as const,
    recipient: `user-${n}@example.com`,
    created_at,
    attempts: 0,
    claimed_until: new Date(n),
  }))
  for (const row of rows) await db.insert(outbox).values(row)
  const { sent, mailer } = recorder()
  await sweepOutbox(db, config, mailer)
  expect(sent.map(({ to }) => to)).toEqual(rows.slice(0, 20).map(({ recipient }) => recipient))
  expect(await db.$count(outbox)).toBe(15)
  await sweepOutbox(db, config, mailer)
  expect([sent.length, await db.$count(outbox)]).toEqual([35, 0])
})

test('other failures are logged, and the sweep sends the mail', async () => {
  const { mailId, email } = await askForReset()
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  const broken = Object.assign(Object.create(db), { batch: () => Promise.reject(new Error(`no database ${email}`)) })
  await expect(deliver(broken, config, recorder().mailer, mailId)).resolves.toBeUndefined()
  expect(logged.mock.calls.flat().join()).toContain('mail-delivery-failed')
  logged.mockRestore()
  const { sent, mailer } = recorder()
  await sweepOutbox(db, config, mailer)
  expect(sent).toHaveLength(1)
})

test('no log line of a delivery has an address or a token', async () => {
  const lines: string[] = []
  const levels = ['info', 'warn', 'error'] as const
  const spies = levels.map((level) => vi.spyOn(console, level).mockImplementation((line) => void lines.push(line)))
  const { email } = await askForReset()
  const { mailer, sent } = recorder(() => Promise.reject(new Error(`could not send to ${email}`)))
  await sweepOutbox(db, config, mailer)
  await sweepOutbox(db, config, recorder().mailer, () => Date.now() + 5 * MINUTE)
  for (const spy of spies) spy.mockRestore()
  const [mail] = sent
  expect(lines.join('\n')).toMatch(/mail-delayed[^]*mail-sent/)
  for (const secret of [email, tokenIn(mail ?? { id: '', to: '', subject: '', text: '', html: '' })]) {
    expect(secret.length).toBeGreaterThan(10)
    expect(lines.join('\n')).not.toContain(secret)
  }
})
