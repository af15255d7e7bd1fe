/** `npm run backup` and `npm run restore`: the same bytes, between D1 and libSQL, also after an interruption. */
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type Client } from '@libsql/client/http'
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../../scripts/data/databases.mjs'
import * as schema from '../../../src/store/schema.ts'
import { startHranaServer, type HranaServer } from '../hrana/server.ts'
import { migrateLocal, run, runMeasured } from './databases.ts'

let server: HranaServer
let directory: string
let backupOf: (name: string) => string
const ITEMS = 100_000

beforeAll(async () => {
  server = await startHranaServer()
  directory = await mkdtemp(join(tmpdir(), 'postern-data-'))
  backupOf = (name) => join(directory, `${name}.ndjson`)
  await Promise.all(['source', 'target'].map((name) => migrateLocal(join(directory, name))))
  await fill(join(directory, 'source'))
}, 240_000)
afterAll(async () => {
  await server.close()
  await rm(directory, { recursive: true, force: true })
})

/** Users, sessions and posts with unusual texts, gaps in the ids, and a deleted row with the greatest id. */
async function fill(persistTo: string) {
  const database = await openDatabase({ 'persist-to': persistTo })
  const body = JSON.stringify('"quotes" \\ and\nlines 김치를 볶고 \u{1F372} \u0001')
  await database.batch([
    [
      rowsOf(schema.users, 1000, {
        id: 'i * 3',
        username: "'user' || i",
        username_normalized: "'user' || i",
        email_normalized: 'i',
      }),
    ],
    [
      rowsOf(schema.sessions, 1000, {
        id: "hex(i) || 'é'",
        user_id: 'i * 3',
        user_agent: `iif(i % 2, null, 'agent "' || i || '"')`,
      }),
    ],
    [rowsOf(schema.loginAttempts, 1, { subject: "'a subject'" })],
  ])
  for (let from = 0; from < ITEMS; from += 20_000) {
    const author = '(1 + i % 1000) * 3'
    const values = {
      id: `(i + ${from}) * 2`,
      author_id: author,
      title: "'Title ' || i",
      published_at: 'iif(i % 7, i, null)',
      body: "json_extract(?, '$') || i",
    }
    await database.batch([[rowsOf(schema.posts, 20_000, values), body]])
  }
  await database.batch([['update posts set body = ? where id = 2', 'x'.repeat(1_500_000)]])
  await database.batch([['delete from posts where id = ?', ITEMS * 2]])
  await database.close()
}

/** An `insert` of `count` rows, numbered by `i`, with the given expressions. All other required columns are 1 or '1'. */
function rowsOf(table: SQLiteTable, count: number, values: Record<string, string>) {
  const { name, columns } = getTableConfig(table)
  const needed = columns.filter(
    (column) => !column.generated && (column.name in values || (column.notNull && !column.hasDefault)),
  )
  const other = (type: string) => (type.startsWith('SQLiteText') ? "'1'" : '1')
  return `insert into ${name} (${needed.map((column) => column.name).join(', ')})
    with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})
    select ${needed.map((column) => values[column.name] ?? other(column.columnType)).join(', ')} from n`
}

const digest = async (file: string) =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex')

async function migratedLibsql(name: string): Promise<{ url: string; client: Client }> {
  const url = server.databaseUrl(name)
  expect(await run('migrate-libsql.mjs', [], { LIBSQL_URL: url })).toMatchObject({ code: 0 })
  return { url, client: createClient({ url }) }
}

test('100,000 items go from D1 to libSQL and back with the same bytes, in bounded memory, although the restore is killed', async () => {
  const [first, second, third] = [backupOf('first'), backupOf('second'), backupOf('third')]
  const taken = await runMeasured('data/backup.mjs', [first, '--persist-to', join(directory, 'source')])
  expect(taken.code).toBe(0)

  const { url, client } = await migratedLibsql('moved')
  const isUnderWay = async () => {
    const { rows } = await client.execute('select count(*) as count from posts')
    return Number(rows[0]?.['count']) > 0
  }
  const killed = await runMeasured('data/restore.mjs', [first, '--libsql', url], isUnderWay)
  expect(killed).toMatchObject({ isKilled: true, stderr: '' })
  const resumed = await runMeasured('data/restore.mjs', [first, '--libsql', url])
  expect(resumed).toMatchObject({ code: 0, stderr: '' })

  expect(await run('data/backup.mjs', [second, '--libsql', url])).toMatchObject({ code: 0 })
  expect(await digest(second)).toBe(await digest(first))

  const back = await runMeasured('data/restore.mjs', [second, '--persist-to', join(directory, 'target')])
  expect(back).toMatchObject({ code: 0 })
  expect(await run('data/backup.mjs', [third, '--persist-to', join(directory, 'target')])).toMatchObject({ code: 0 })
  expect(await digest(third)).toBe(await digest(first))
  const lines = (await readFile(first, 'utf8')).trimEnd().split('\n')
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ rows: { users: 1000, sessions: 1000, posts: ITEMS - 1 } })
  const peaks = [taken.peak, killed.peak, resumed.peak, back.peak].map(Math.round)
  console.log(`peak memory in MB: ${peaks.join(', ')}`)
  expect(Math.max(...peaks)).toBeLessThan(300)
}, 600_000)

test('only the owner can read a backup, and it has the last assigned ids', async () => {
  expect((await stat(backupOf('first'))).mode & 0o777).toBe(0o600)
  expect(await readFile(backupOf('first'), 'utf8')).toContain(`["sqlite_sequence","posts",${ITEMS * 2}]`)
})

test('a restored database has the same search index', async () => {
  const read = async (name: string) => {
    const database = await openDatabase({ 'persist-to': join(directory, name) })
    const rows = await database.all('select count(*) as items, sum(length(sz)) as bytes from posts_search_docsize')
    await database.close()
    return rows
  }
  expect(await read('target')).toEqual(await read('source'))
  expect(await read('target')).toMatchObject([{ items: ITEMS - 1 }])
})

test('refuses a database with rows and changes nothing in it', async () => {
  const { code, stderr } = await run('data/restore.mjs', [backupOf('first'), '--persist-to', join(directory, 'source')])
  expect([code, stderr]).toEqual([1, expect.stringMatching(/is not empty: \w+ has rows. Nothing was changed/)])
})

test('refuses a database without tables, a damaged file and another file', async () => {
  const empty = server.databaseUrl('empty')
  const text = await readFile(backupOf('first'), 'utf8')
  const [damaged, cut, other, older] = ['damaged', 'cut', 'other', 'older'].map(backupOf) as [
    string,
    string,
    string,
    string,
  ]
  await writeFile(damaged, text.replace('user17', 'user71'))
  await writeFile(cut, text.slice(0, text.length / 2))
  await writeFile(other, '{"hello":"world"}\n')
  await writeFile(older, text.replace('"0000_', '"9999_'))
  const refused = async (file: string) => (await run('data/restore.mjs', [file, '--libsql', empty])).stderr
  expect(await refused(backupOf('first'))).toMatch(/Apply the migrations first/)
  expect(await refused(damaged)).toMatch(/damaged or incomplete/)
  expect(await refused(cut)).toMatch(/damaged or incomplete|differ/)
  expect(await refused(other)).toMatch(/is not a backup of Postern/)
  expect(await refused(older)).toMatch(/The backup has the migrations 9999_/)
})

/** A small backup with a valid checksum and changed rows. */
async function writeBackup(name: string, change: (lines: string[]) => string[]) {
  const lines = (await readFile(backupOf('first'), 'utf8')).split('\n')
  const small = [lines[0] ?? '', ...change(lines.filter((line) => /^\["(users|sessions)",/.test(line)))]
  const rows = { users: 0, sessions: 0, posts: 0 } as Record<string, number>
  for (const line of small.slice(1)) rows[JSON.parse(line)[0]] = (rows[JSON.parse(line)[0]] ?? 0) + 1
  const text = small.map((line) => `${line}\n`).join('')
  const sha256 = createHash('sha256').update(text).digest('hex')
  await writeFile(backupOf(name), `${text}${JSON.stringify({ rows, sha256 })}\n`)
  return backupOf(name)
}

test('skips and reports a row whose parent is not in the backup, and restores the rest', async () => {
  const file = await writeBackup('orphans', (lines) => lines.filter((line) => !line.startsWith('["users",3,')))
  const { url, client } = await migratedLibsql('orphans')
  const { code, stdout } = await run('data/restore.mjs', [file, '--libsql', url])
  expect([code, stdout]).toEqual([0, expect.stringMatching(/999 {2}sessions \(1 of 1000 left out/)])
  expect((await client.execute('select count(*) as count from sessions where user_id = 3')).rows[0]?.['count']).toBe(0)
})

test('--keep-sessions=no restores no sessions', async () => {
  const file = await writeBackup('signed-out', (lines) => lines)
  const { url, client } = await migratedLibsql('signed-out')
  const { code, stdout } = await run('data/restore.mjs', [file, '--libsql', url, '--keep-sessions=no'])
  expect([code, stdout]).toEqual([0, expect.stringMatching(/0 {2}sessions \(left out\)/)])
  expect((await client.execute('select count(*) as count from users')).rows[0]?.['count']).toBe(1000)
  expect((await run('data/restore.mjs', [file, '--libsql', url, '--keep-sessions=maybe'])).stderr).toMatch(/yes or no/)
})

test('refuses a database with a part of another backup', async () => {
  const file = await writeBackup('other-half', (lines) => lines.slice(0, 10))
  const { url, client } = await migratedLibsql('half')
  await client.batch([
    'create table restore_progress (sha256 text not null, line integer not null)',
    "insert into restore_progress (sha256, line) values ('another', 5)",
  ])
  expect((await run('data/restore.mjs', [file, '--libsql', url])).stderr).toMatch(/a part of another backup/)
})
