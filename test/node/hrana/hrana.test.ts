// Tests of a database through the real client and Drizzle.

import { createClient } from '@libsql/client/http'
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/libsql/web'
import { blob, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { expect, test } from 'vitest'
import { startHranaServer } from './server.ts'
import { useServer } from './testing.ts'

const { server, newName, connect, withTable } = useServer()

test('returns every type of value unchanged', async () => {
  const client = connect(newName())
  await client.execute('CREATE TABLE t (n, i INTEGER, r REAL, s TEXT, b BLOB)')
  const rows = [
    [null, 9223372036854775807n, 1.5, 'zażółć 🦉 "\'', new Uint8Array([0, 1, 254, 255])],
    [null, -9223372036854775808n, -1e300, '', new Uint8Array()],
    [null, 9007199254740993n, 0.1, 'line\nline', new Uint8Array([1])],
  ]
  for (const args of rows) await client.execute({ sql: 'INSERT INTO t VALUES (?, ?, ?, ?, ?)', args })
  const result = await client.execute('SELECT * FROM t ORDER BY rowid')
  expect(result.columns).toEqual(['n', 'i', 'r', 's', 'b'])
  expect(result.columnTypes).toEqual(['', 'INTEGER', 'REAL', 'TEXT', 'BLOB'])
  const plain = (value: unknown) => (value instanceof ArrayBuffer ? new Uint8Array(value) : value)
  expect(result.rows.map((row) => Array.from(row).map(plain))).toEqual(rows)
})

test('a number is bound as REAL, and the affinity of its column converts it', async () => {
  const client = connect(newName())
  await client.execute('CREATE TABLE t (i INTEGER, x)')
  await client.execute({ sql: 'INSERT INTO t VALUES (?, ?)', args: [5, 5] })
  const { rows } = await client.execute('SELECT typeof(i), i, typeof(x) FROM t')
  expect(Array.from(rows[0] ?? [])).toEqual(['integer', 5n, 'real'])
})

test('binds arguments by position or by name, with or without a prefix', async () => {
  const client = connect(newName())
  const named = await client.execute({ sql: 'SELECT :a, @b, $c, :a', args: { ':a': 'x', '@b': 'y', c: 'z' } })
  expect(Array.from(named.rows[0] ?? [])).toEqual(['x', 'y', 'z', 'x'])
  const numbered = await client.execute({ sql: "SELECT ?2, ?1, ':no', '?' -- ?", args: ['x', 'y'] })
  expect(Array.from(numbered.rows[0] ?? [])).toEqual(['y', 'x', ':no', '?'])
  await expect(client.execute({ sql: 'SELECT ?, ?', args: ['x'] })).rejects.toMatchObject({ code: 'ARGS_INVALID' })
  await expect(client.execute({ sql: 'SELECT ?', args: ['x', 'y'] })).rejects.toMatchObject({ code: 'ARGS_INVALID' })
  await expect(client.execute({ sql: 'SELECT :a', args: { b: 'x' } })).rejects.toMatchObject({ code: 'ARGS_INVALID' })
})

test('returns the number of changed rows and the last rowid of the statement, also with RETURNING', async () => {
  const client = await withTable()
  const inserted = await client.execute("INSERT INTO users (email) VALUES ('a'), ('b'), ('c') RETURNING id, email")
  expect(inserted.rows.map(({ id, email }) => [id, email])).toEqual([
    [1n, 'a'],
    [2n, 'b'],
    [3n, 'c'],
  ])
  expect([inserted.rowsAffected, inserted.lastInsertRowid]).toEqual([3, 3n])
  const affected = async (statement: string) => {
    const { rowsAffected, lastInsertRowid } = await client.execute(statement)
    return [rowsAffected, lastInsertRowid]
  }
  expect(await affected('SELECT * FROM users')).toEqual([0, undefined])
  expect(await affected("UPDATE users SET email = email || '!' WHERE id < 3 RETURNING id")).toEqual([2, undefined])
  expect(await affected('UPDATE users SET email = NULL WHERE id = 99')).toEqual([0, undefined])
  expect(await affected("INSERT OR IGNORE INTO users (email) VALUES ('c')")).toEqual([0, expect.any(BigInt)])
  expect(await affected('WITH x AS (SELECT 3 AS id) DELETE FROM users WHERE id IN (SELECT id FROM x)')).toEqual([
    1,
    undefined,
  ])
  expect(await affected("INSERT INTO users VALUES (9223372036854775807, 'z')")).toEqual([1, 9223372036854775807n])
})

test('errors have the messages and codes of sqld', async () => {
  const client = await withTable()
  await client.execute("INSERT INTO users (email) VALUES ('a')")
  const codes: [string, string, RegExp][] = [
    [
      "INSERT INTO users (email) VALUES ('a')",
      'SQLITE_CONSTRAINT',
      /SQLite error: UNIQUE constraint failed: users.email/,
    ],
    ['SELECT * FROM nope', 'SQLITE_UNKNOWN', /SQLite error: no such table: nope/],
    ['SELECT nope FROM users', 'SQL_INPUT_ERROR', /SQL input error: no such column: nope/],
    ['SELEC 1', 'SQL_PARSE_ERROR', /SQL string could not be parsed: near "SELEC": syntax error/],
    ['-- nothing', 'SQL_NO_STATEMENT', /does not contain any statement/],
    ['SELECT 1; SELECT 2', 'SQL_MANY_STATEMENTS', /more than one statement/],
  ]
  for (const [statement, code, message] of codes) {
    await expect(client.execute(statement)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  }
})

test('a batch with a failing statement changes nothing', async () => {
  const client = await withTable()
  const insert = "INSERT INTO users (email) VALUES ('a')"
  await expect(client.batch([insert, insert], 'write')).rejects.toMatchObject({
    code: 'SQLITE_CONSTRAINT',
    statementIndex: 1,
  })
  expect((await client.execute('SELECT * FROM users')).rows).toEqual([])
  const results = await client.batch([insert, 'SELECT count(*) AS n FROM users'], 'write')
  expect(results.map(({ rows, rowsAffected }) => [rows[0]?.['n'], rowsAffected])).toEqual([
    [undefined, 1],
    [1n, 0],
  ])
})

test('other connections see an interactive transaction after its commit, and not after its rollback', async () => {
  const client = await withTable()
  const count = async () => (await client.execute('SELECT count(*) AS n FROM users')).rows[0]?.['n']
  const committed = await client.transaction('write')
  await committed.execute("INSERT INTO users (email) VALUES ('a')")
  expect(await count()).toBe(0n)
  await committed.commit()
  expect(await count()).toBe(1n)
  const rolledBack = await client.transaction('write')
  await rolledBack.execute("INSERT INTO users (email) VALUES ('b')")
  await rolledBack.rollback()
  expect(await count()).toBe(1n)
  const closed = await client.transaction('write')
  await closed.execute("INSERT INTO users (email) VALUES ('c')")
  closed.close()
  await client.execute("INSERT INTO users (email) VALUES ('d')")
  expect(await count()).toBe(2n)
})

test('foreign keys are enforced by default, off on request, and back on after client.migrate()', async () => {
  const lax = await startHranaServer({ foreignKeys: false })
  const enforced = connect(newName())
  const free = createClient({ url: lax.url })
  for (const client of [enforced, free]) {
    await client.batch(
      ['CREATE TABLE a (id INTEGER PRIMARY KEY)', 'CREATE TABLE b (a INTEGER REFERENCES a (id))'],
      'write',
    )
  }
  await free.execute('INSERT INTO b VALUES (1)')
  expect((await free.execute('PRAGMA foreign_keys')).rows[0]?.[0]).toBe(0)
  await enforced.migrate(['INSERT INTO b VALUES (1)'])
  expect((await enforced.execute('PRAGMA foreign_keys')).rows[0]?.[0]).toBe(1n)
  await expect(enforced.execute('INSERT INTO b VALUES (2)')).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT' })
  await lax.close()
})

test('drizzle inserts, selects and batches', async () => {
  const notes = sqliteTable('notes', {
    id: integer().primaryKey(),
    title: text().notNull(),
    score: real(),
    data: blob({ mode: 'json' }),
    made: integer({ mode: 'timestamp_ms' }).notNull(),
    open: integer({ mode: 'boolean' }).notNull(),
  })
  const db = drizzle({ connection: { url: server().databaseUrl(newName()) } })
  await db.run(sql`CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT NOT NULL, score REAL, data BLOB,
    made INTEGER NOT NULL, open INTEGER NOT NULL)`)
  const note = { id: 1, title: 'ąę', score: 0.5, data: { a: [1] }, made: new Date(1_700_000_000_123), open: true }
  expect(await db.insert(notes).values(note).returning()).toEqual([note])
  const [updated, selected] = await db.batch([
    db.update(notes).set({ open: false }).where(eq(notes.id, 1)),
    db.select().from(notes),
  ])
  expect(updated.rowsAffected).toBe(1)
  expect(selected).toEqual([{ ...note, open: false }])
  await expect(
    db.transaction(async (tx) => {
      await tx.delete(notes)
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  expect(await db.$count(notes)).toBe(1)
})

test('a sequence runs every statement, triggers included, up to the first that fails', async () => {
  const client = await withTable()
  await client.executeMultiple(`
    -- a comment; with a semicolon
    CREATE TABLE log (x TEXT);
    CREATE TRIGGER logged AFTER INSERT ON users BEGIN
      INSERT INTO log VALUES (CASE WHEN new.id > 1 THEN 'later' ELSE 'a;b' END);
      UPDATE log SET x = x || ';';
    END;
    INSERT INTO users (email) VALUES ('a');
  `)
  await expect(
    client.executeMultiple("INSERT INTO users VALUES (2, 'b'); INSERT INTO users VALUES (2, 'c'); DELETE FROM users"),
  ).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT' })
  expect((await client.execute('SELECT x FROM log')).rows.map((row) => row[0])).toEqual(['a;b;;', 'later;'])
  expect((await client.execute('SELECT id FROM users')).rows.map((row) => row[0])).toEqual([1n, 2n])
})
