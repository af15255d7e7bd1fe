// Tests of statements that sqld refuses and SQLite would run: too large, blocked, or beyond one database. They also run on sqld.

import { expect, test } from 'vitest'
import { run, useEitherServer } from './testing.ts'

const { server, newName, connect, post } = useEitherServer()

/** SQL that returns `count` rows of `bytes` bytes. */
const rows = (count: number, bytes: number) =>
  `WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${count})
   SELECT printf('%.*c', ${bytes}, 'x') AS x FROM c`
const tooLarge = { type: 'error', error: { message: 'Response is too large', code: 'RESPONSE_TOO_LARGE' } }
const pipeline = async (...requests: object[]) => {
  const { body } = await post(`/${newName()}/v3/pipeline`, { requests: [...requests, { type: 'close' }] })
  return body.results
}

test('the result of a statement has at most ten megabytes, and the next statement runs', async () => {
  const [fits, large, next] = await pipeline(run(rows(10, 999_000)), run(rows(10, 1_000_000)), run('SELECT 1'))
  expect(fits.response.result.rows).toHaveLength(10)
  expect(large).toEqual(tooLarge)
  expect(next.type).toBe('ok')
  expect((await pipeline(run(rows(400_000, 5))))[0]).toEqual(tooLarge)
})

test('a single statement whose result is too large keeps its changes', async () => {
  const insert = `INSERT INTO t ${rows(11, 1_000_000)}`
  const [, inserted, count] = await pipeline(
    run('CREATE TABLE t (x)'),
    run(`${insert} RETURNING x`),
    run('SELECT count(*) FROM t'),
  )
  expect(inserted).toEqual(tooLarge)
  expect(count.response.result.rows).toEqual([[{ type: 'integer', value: '11' }]])
})

test('the results of a batch are counted together: the batch fails and its transaction is rolled back', async () => {
  const client = connect(newName())
  await client.execute('CREATE TABLE t (x)')
  const large = client.batch(['INSERT INTO t VALUES (1)', rows(6, 1_000_000), rows(6, 1_000_000)], 'write')
  await expect(large).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' })
  expect((await client.execute('SELECT * FROM t')).rows).toEqual([])
})

// sqld counts a result only while it is built, so it would need several at the same moment.
test.skipIf(process.env['SQLD'])('all responses in progress have at most thirty-two megabytes', async () => {
  const each = rows(9, 1_000_000)
  const results = await pipeline(...Array.from({ length: 4 }, () => run(each)))
  expect(results.map(({ type }: { type: string }) => type)).toEqual(['ok', 'ok', 'ok', 'error', 'ok'])
  expect(results[3]).toEqual(tooLarge)
  for (let n = 0; n < 4; n++) expect((await pipeline(run(each)))[0].type).toBe('ok')
})

test('a value has at most five megabytes', async () => {
  const value = 'x'.repeat(5_000_001)
  const [length, blob, bound] = await pipeline(
    run('SELECT length(zeroblob(5000000))'),
    run('SELECT length(zeroblob(5000001))'),
    run('SELECT length(?)', { args: [{ type: 'text', value }] }),
  )
  expect(length.response.result.rows).toEqual([[{ type: 'integer', value: '5000000' }]])
  expect(blob.error).toEqual({ message: 'SQLite error: string or blob too big', code: 'SQLITE_TOOBIG' })
  const message = 'Arguments do not match SQL parameters: string or blob too big'
  expect(bound.error).toEqual({ message, code: 'ARGS_INVALID' })
})

test('returns a text with a NUL unchanged', async () => {
  const [result] = await pipeline(run("SELECT 'a' || char(0) || 'b'"))
  expect(result.response.result.rows).toEqual([[{ type: 'text', value: 'a\0b' }]])
})

test('a database can be blocked for writes, or for everything', async () => {
  const name = newName()
  const client = connect(name)
  await client.execute('CREATE TABLE t (x)')
  const blocked = { code: 'BLOCKED', message: expect.stringContaining('Operation was blocked: quota') }
  await server().block(name, { writes: true, reason: 'quota' })
  await expect(client.execute('INSERT INTO t VALUES (1)')).rejects.toMatchObject(blocked)
  await expect(client.batch(['INSERT INTO t VALUES (1)'], 'write')).rejects.toMatchObject(blocked)
  expect((await client.execute('SELECT * FROM t')).rows).toEqual([])
  await server().block(name, { reads: true, writes: true, reason: 'quota' })
  await expect(client.execute('SELECT * FROM t')).rejects.toMatchObject(blocked)
  await server().block(name, {})
  await client.execute('INSERT INTO t VALUES (1)')
  expect((await client.execute('SELECT * FROM t')).rows).toHaveLength(1)
})

test.each([
  'VACUUM',
  'ANALYZE',
  "ATTACH ':memory:' AS other",
  'CREATE TEMP TABLE t (x)',
  'CREATE TEMPORARY VIEW v AS SELECT 1',
  'PRAGMA optimize',
  'PRAGMA wal_checkpoint',
  'PRAGMA synchronous = OFF',
])('refuses a statement that affects more than its database: %s', async (sql) => {
  const [result] = await pipeline(run(sql))
  const message = `SQL string could not be parsed: unsupported statement: ${sql}`
  expect(result).toEqual({ type: 'error', error: { message, code: 'SQL_PARSE_ERROR' } })
})

test.each(['PRAGMA foreign_keys', 'PRAGMA table_info(t)', 'PRAGMA synchronous', 'PRAGMA user_version = 3', 'REINDEX'])(
  'accepts a statement that affects only its database: %s',
  async (sql) => {
    expect((await pipeline(run(sql)))[0].type).toBe('ok')
  },
)
