import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { pruneAuditLog } from '../../src/accounts/audit-log.ts'
import { connect } from '../../src/store/database.ts'
import { auditLog, sessions, users } from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { faultyD1, withFault } from '../support/faulty-database.ts'
import { operator, operatorCall } from '../support/operators.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { countRows } from '../support/rows.ts'
import { call, document, env } from '../support/service.ts'

const db = connect(env)
const DAY = 24 * 3600 * 1000
const faulty = { ...env, ...(env.DB && { DB: faultyD1(env.DB) }) }
const entry = (at: number) =>
  ({ created_at: new Date(at), actor: 'cli', action: 'role-granted', subject: 'user:1' }) as const

test('the table refuses updates, deletions and replacements', async () => {
  const [row] = await db.insert(auditLog).values(entry(Date.now())).returning({ id: auditLog.id })
  const id = row?.id ?? 0
  const attempts = [
    sql`update audit_log set reason = 'x' where id = ${id}`,
    sql`delete from audit_log where id = ${id}`,
    sql`insert or replace into audit_log (id, created_at, actor, action, subject) values (${id}, 1, 'x', 'x', 'x')`,
  ]
  for (const attempt of attempts) {
    // The cause has the message of the driver.
    await expect(db.run(attempt)).rejects.toThrow('Failed query')
  }
  expect(
    await db
      .select()
      .from(auditLog)
      .where(sql`id = ${id}`),
  ).toMatchObject([{ actor: 'cli', reason: null }])
})

test('the cron trigger deletes only rows older than 400 days', async () => {
  const now = Date.now()
  await db.insert(auditLog).values([entry(now - 401 * DAY), entry(now - 402 * DAY), entry(now - 399 * DAY)])
  const before = await db.$count(auditLog)
  // Rows are deleted in the order of their ids. These rows have the newest ids, and the table is small.
  expect(await pruneAuditLog(db, now)).toBe(2)
  expect(await pruneAuditLog(db, now)).toBe(0)
  expect(await db.$count(auditLog)).toBe(before - 2)
})

const actions = Object.entries(document.paths)
  .filter(([path]) => path.startsWith('/operator/'))
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => [operationId, method, path] as const),
  )
  .filter(([, method]) => method !== 'get')

test.each(actions)(
  '%s: if any statement fails, nothing is changed and nothing is recorded',
  async (id, method, path) => {
    const state = async () => ({
      rows: await countRows(),
      users: await db.select().from(users),
      sessions: await db.select().from(sessions),
    })
    for (let statement = 1; ; statement++) {
      const { token, path: at, json } = await operatorCall(id, path)
      const before = await state()
      const send = () => call(method.toUpperCase(), at, { token, env: faulty, ...(json !== undefined && { json }) })
      const { result, statements } = await withFault({ statement }, send)
      if (statement > statements) {
        expect(result.status).toBeLessThan(300)
        return expect(statement).toBeGreaterThan(1)
      }
      expect(result.status).toBe(500)
      expect(await state()).toEqual(before)
    }
  },
)

test('pages are newest first, filter by subject and actor, and cost the same at any depth', async () => {
  const admin = await operator()
  await db.run(sql`with recursive n(n) as (select 1 union all select n + 1 from n where n < 5000)
    insert into audit_log (created_at, actor, action, subject) select 1, 'user:' || (n % 3 + 1), 'item-hidden', 'posts:' || (n % 5 + 1) from n`)
  const list = async (query: string) =>
    (await call('GET', `/operator/audit?limit=100${query}`, { token: admin.token })).body
  let page = await list('&subject=posts:5&actor=user:3')
  const ids: number[] = []
  for (;;) {
    ids.push(...page.items.map((one: { id: number }) => one.id))
    if (!page.next_cursor) break
    page = await list(`&subject=posts:5&actor=user:3&cursor=${page.next_cursor}`)
  }
  expect(ids).toEqual(ids.toSorted((a, b) => b - a))
  // n % 15 === 14
  expect(ids).toHaveLength(333)
  const foreign = await call('GET', `/operator/audit?cursor=${(await list('')).next_cursor}&actor=cli`, {
    token: admin.token,
  })
  expect(foreign.status).toBe(422)
  expect(await countRoundTrips(() => list(''))).toBe(1)
  for (const where of [
    sql`subject = 'posts:5'`,
    sql`actor = 'user:3'`,
    sql`actor = 'user:3' and subject = 'posts:5'`,
  ]) {
    const plan = await db.all<{ detail: string }>(
      sql`explain query plan select * from audit_log where ${where} and id <= 4000 order by id desc limit 21`,
    )
    expect(plan.map(({ detail }) => detail).join()).toMatch(
      /^SEARCH audit_log USING INDEX audit_log_by_\w+ \([^)]*rowid<\?\)$|^SEARCH audit_log USING INDEX audit_log_by_\w+ \([^)]*id<\?\)$/,
    )
  }
})
