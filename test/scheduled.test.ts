import { env as bindings } from 'cloudflare:workers'
import { eq, inArray } from 'drizzle-orm'
import { expect, test, vi } from 'vitest'
import { createScheduled, PRUNE_SIZE } from '../src/scheduled.ts'
import { connect } from '../src/store/database.ts'
import {
  idempotencyKeys,
  loginAttempts,
  mailDays,
  outbox,
  sessions,
  signInNetworks,
  users,
} from '../src/store/schema.ts'
import worker from '../src/worker.ts'
import { mailEnv, mailsTo } from './support/mailbox.ts'
import { statementsSoFar } from './support/round-trips.ts'
import { account, env } from './support/service.ts'

const db = connect(mailEnv)
const run = createScheduled(connect)
const DAY = 24 * 3600_000
const session = (id: string, user_id: number, expires_at: Date) => ({
  id,
  user_id,
  counter: 0,
  created_at: new Date(0),
  last_used_at: new Date(0),
  reauthenticated_at: new Date(0),
  expires_at,
})

test('a run deletes only expired rows', async () => {
  const { id } = await account()
  const [past, recent] = [new Date(Date.now() - 31 * DAY), new Date(Date.now() - DAY / 2)]
  await db.insert(sessions).values(session('expired', id, past))
  for (const [name, at] of [
    ['old', past],
    ['new', recent],
  ] as const) {
    await db.insert(idempotencyKeys).values({
      user_id: id,
      key: name,
      fingerprint: 'x',
      nonce: name,
      author_name: 'x',
      author_renames: 0,
      created_at: at,
    })
    await db.insert(loginAttempts).values({ subject: name, failures: 1, failed_at: at, retry_at: at, nonce: '' })
    await db.insert(signInNetworks).values({ user_id: id, network: name, signed_in_at: at })
  }
  await db.insert(mailDays).values({ day: '2020-01-01', mails: 3 })
  await run(null, env)
  expect(await db.$count(sessions, eq(sessions.id, 'expired'))).toBe(0)
  expect(await db.$count(sessions, eq(sessions.user_id, id))).toBe(1)
  expect(await db.select({ key: idempotencyKeys.key }).from(idempotencyKeys)).toEqual([{ key: 'new' }])
  expect(await db.select({ subject: loginAttempts.subject }).from(loginAttempts)).toEqual([{ subject: 'new' }])
  const networks = await db
    .select({ network: signInNetworks.network })
    .from(signInNetworks)
    .where(inArray(signInNetworks.network, ['old', 'new']))
  expect(networks).toEqual([{ network: 'new' }])
  expect(await db.$count(mailDays)).toBe(0)
})

test('a run deletes a bounded number of rows of a table', async () => {
  const { id } = await account()
  const count = PRUNE_SIZE + 50
  const rows = Array.from({ length: count }, (_, n) => session(`expired-${n}`, id, new Date(1)))
  while (rows.length > 0) await db.insert(sessions).values(rows.splice(0, 12))
  await run(null, env)
  expect(await db.$count(sessions, eq(sessions.expires_at, new Date(1)))).toBe(50)
  await run(null, env)
  expect(await db.$count(sessions, eq(sessions.expires_at, new Date(1)))).toBe(0)
})

test('a failed step is logged and does not prevent the others', async () => {
  const { id } = await account()
  await db.insert(sessions).values(session('expired-2', id, new Date(1)))
  await db.insert(outbox).values({
    mail_id: 'm',
    throttle_key: 'm',
    purpose: 'password-changed',
    recipient: 'sweep@example.com',
    created_at: new Date(),
    attempts: 0,
    claimed_until: new Date(0),
  })
  const broken = createScheduled((...input) => {
    const real = connect(...input)
    return Object.assign(Object.create(real), { batch: () => Promise.reject(new Error('no outbox today')) })
  })
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  await broken(null, mailEnv)
  expect(logged.mock.calls.flat().join()).toMatch(/scheduled-step-failed.*outbox/)
  logged.mockRestore()
  expect(await db.$count(sessions, eq(sessions.id, 'expired-2'))).toBe(0)
  expect(mailsTo('sweep@example.com')).toEqual([])
  await run(null, mailEnv)
  expect(mailsTo('sweep@example.com')).toHaveLength(1)
})

// D1 limits the statements of a run: 50 on the free plan. libSQL has no limit.
test.runIf(bindings.STORE === 'd1')('a run with work for every step has at most 50 statements', async () => {
  const people = await Promise.all(Array.from({ length: 8 }, () => account()))
  const ids = people.map(({ id }) => id)
  const [deleted, relisted] = [ids.slice(0, 2), ids.slice(2)]
  const overdue = (n: number) => ({
    mail_id: `due-${n}`,
    throttle_key: `due-${n}`,
    purpose: 'password-changed' as const,
    recipient: `due-${n}@example.com`,
    created_at: new Date(),
    attempts: 0,
    claimed_until: new Date(0),
  })
  const prepare = async (mails: number) => {
    await db.delete(outbox)
    for (let n = 0; n < mails; n++) await db.insert(outbox).values(overdue(n))
    await db.update(users).set({ deleted_at: new Date() }).where(inArray(users.id, deleted))
    await db.update(users).set({ relisting: true }).where(inArray(users.id, relisted))
    const before = statementsSoFar()
    await run(null, mailEnv)
    return statementsSoFar() - before
  }
  const counts = [await prepare(25), await prepare(0)]
  expect(await db.$count(users, eq(users.relisting, true))).toBe(relisted.length - 5)
  expect(Math.max(...counts)).toBeLessThanOrEqual(50)
  // Fewer statements would mean that a step did nothing.
  expect(Math.min(...counts)).toBeGreaterThan(35)
})

test('the Worker exports the handler', () => {
  expect(typeof worker.scheduled).toBe('function')
  expect(bindings.EMAIL).toBeDefined()
})
