/**
 * `/health` with databases whose list of migrations differs from that of the code. Real schemas of two versions are in
 * `test/node/deploy/schema-change.slow.test.ts`.
 */
import { createClient } from '@libsql/client/http'
import { env as bindings } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { afterEach, expect, test, vi } from 'vitest'
import journal from '../../drizzle/meta/_journal.json' with { type: 'json' }
import { connect } from '../../src/store/database.ts'
import { call, emptyLibsqlUrl, env } from '../support/service.ts'

const isD1 = bindings.STORE === 'd1'
const db = connect(env)
const newest = journal.entries.at(-1) ?? { tag: '', when: 0 }

afterEach(() => vi.restoreAllMocks())

/** The response of `/health`, and the log line with the reason. */
async function readHealth(given = env) {
  const lines: string[] = []
  vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(line))
  const { status, body, text } = await call('GET', '/health', { env: given })
  return { status, detail: body.detail, text, line: lines[0] === undefined ? undefined : JSON.parse(lines[0]) }
}

const remove = (migration: typeof newest) =>
  isD1
    ? db.run(sql`delete from d1_migrations where name = ${`${migration.tag}.sql`}`)
    : db.run(sql`delete from __drizzle_migrations where created_at = ${migration.when}`)
const add = (migration: typeof newest) =>
  isD1
    ? db.run(sql`insert into d1_migrations (name) values (${`${migration.tag}.sql`})`)
    : db.run(sql`insert into __drizzle_migrations (hash, created_at) values ('', ${migration.when})`)

test('returns 200 with the migrations of the code', async () => {
  expect(await readHealth()).toMatchObject({ status: 200, line: undefined })
})

test('returns 503 for an old database, and the log has the missing migrations', async () => {
  await remove(newest)
  const { status, detail, text, line } = await readHealth()
  await add(newest)
  expect([status, detail]).toEqual([503, 'The database lacks migrations that the deployed code needs.'])
  expect(line).toMatchObject({ event: 'migrations-differ', missing: [newest.tag], unknown: [] })
  expect(text).not.toContain(newest.tag)
  expect((await readHealth()).status).toBe(200)
})

test('returns 503 for a newer database, and the log has the unknown migrations', async () => {
  const future = { tag: '9999_from_the_future', when: 4_102_444_800_000 }
  await add(future)
  const { status, detail, text, line } = await readHealth()
  await remove(future)
  expect([status, detail]).toEqual([503, 'The database has migrations that the deployed code does not know.'])
  const unknown = [isD1 ? future.tag : String(future.when)]
  expect(line).toMatchObject({ event: 'migrations-differ', missing: [], unknown })
  expect(text).not.toContain('future')
})

test('returns 503 for an empty database, and every migration is missing', async () => {
  if (isD1) await db.run(sql`alter table d1_migrations rename to elsewhere`)
  const { status, line } = await readHealth(isD1 ? env : { ...env, LIBSQL_URL: emptyLibsqlUrl })
  if (isD1) await db.run(sql`alter table elsewhere rename to d1_migrations`)
  expect(status).toBe(503)
  expect(line).toMatchObject({ missing: journal.entries.map(({ tag }) => tag), unknown: [] })
})

test('returns 503 for an unreachable database and does not report missing migrations', async () => {
  const DB = { prepare: () => ({ bind: () => ({ raw: () => Promise.reject(new Error('D1_ERROR: no')) }) }) }
  const gone = isD1 ? { ...env, DB: DB as unknown as D1Database } : { ...env, LIBSQL_URL: 'http://127.0.0.1:9/' }
  const { status, detail, line } = await readHealth(gone)
  expect([status, detail]).toEqual([503, 'The database does not respond.'])
  expect(line).toMatchObject({ event: 'database-unreachable' })
})

test('the tests record migrations as Drizzle’s migrator does', async () => {
  if (isD1) return expect(await db.values(sql`select count(*) from d1_migrations`)).toEqual([[journal.entries.length]])
  const { rows } = await createClient({ url: env.LIBSQL_URL ?? '' }).execute(
    'select created_at from __drizzle_migrations',
  )
  expect(rows.map((row) => row['created_at'])).toEqual(journal.entries.map(({ when }) => when))
})
