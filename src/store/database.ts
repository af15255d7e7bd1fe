/** The store: D1 or libSQL, chosen here and nowhere else. */
import { createClient, type Client } from '@libsql/client/web'
import { Column, getTableColumns, is, SQL, sql } from 'drizzle-orm'
import type { BatchItem, BatchResponse } from 'drizzle-orm/batch'
import { drizzle as drizzleD1 } from 'drizzle-orm/d1'
import { drizzle as drizzleLibsql } from 'drizzle-orm/libsql/web'
import type { AnySQLiteColumn, BaseSQLiteDatabase, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { ConfigError, type Env } from '../config.ts'
import { isRead, roundTrip, type QueryStats } from './round-trip.ts'

/**
 * What both drivers can do. There is no `transaction`: D1 has none. A `batch` is one round trip and atomic on both
 * (libSQL opens it as a reader, so the first statement of a batch that writes has to be a write).
 */
export type Database = Omit<BaseSQLiteDatabase<'async', unknown>, 'transaction'> & {
  batch<U extends BatchItem<'sqlite'>, T extends Readonly<[U, ...U[]]>>(batch: T): Promise<BatchResponse<T>>
}

export type Connect = (env: Env, queryStats?: QueryStats) => Database

/**
 * The store that the environment names; libSQL where both are there. A libSQL client lives as long as its request. The
 * queryStats tells what the request has asked of the store so far.
 */
export const connect: Connect = (env, queryStats = { queries: 0, milliseconds: 0 }) => {
  const { LIBSQL_URL: url, LIBSQL_AUTH_TOKEN: authToken, DB } = env
  if (url) return drizzleLibsql(instrumentLibsql(createClient({ url, ...(authToken && { authToken }) }), queryStats))
  if (DB) return drizzleD1(instrumentD1(DB, queryStats))
  throw new ConfigError('there is no database')
}

/** The same client, each of whose calls is a `trip`. A batch that writes takes the lock at once, not when it needs it. */
function instrumentLibsql(client: Client, queryStats: QueryStats): Client {
  const sqlOf = (statement: string | [string, unknown?] | { sql: string }) =>
    typeof statement === 'string' ? statement : Array.isArray(statement) ? statement[0] : statement.sql
  const byTrips: Pick<Client, 'execute' | 'batch'> = {
    execute: (statement: Parameters<Client['execute']>[0]) =>
      roundTrip(queryStats, isRead(sqlOf(statement)), () => client.execute(statement)),
    batch: (statements) => {
      const reads = statements.every((statement) => isRead(sqlOf(statement)))
      return roundTrip(queryStats, reads, () => client.batch(statements, reads ? 'deferred' : 'write'))
    },
  }
  return Object.assign(Object.create(client), byTrips)
}

/** The same binding, each of whose calls is a `trip`. */
function instrumentD1(db: D1Database, queryStats: QueryStats): D1Database {
  const reading = new WeakSet<D1PreparedStatement>()
  const watch = (statement: D1PreparedStatement, query: string): D1PreparedStatement => {
    const send = <T>(call: () => Promise<T>) => roundTrip(queryStats, isRead(query), call)
    const watched: D1PreparedStatement = Object.assign(Object.create(statement), {
      bind: (...values: unknown[]) => watch(statement.bind(...values), query),
      all: () => send(() => statement.all()),
      run: () => send(() => statement.run()),
      raw: () => send(() => statement.raw()),
    })
    if (isRead(query)) reading.add(watched)
    return watched
  }
  return Object.assign(Object.create(db), {
    prepare: (query: string) => watch(db.prepare(query), query),
    batch: (statements: D1PreparedStatement[]) =>
      roundTrip(
        queryStats,
        statements.every((statement) => reading.has(statement)),
        () => db.batch(statements),
      ),
  })
}

/** Asks the store whether it is there. Throws where it does not answer within `timeout` milliseconds. */
export async function ping(db: Database, timeout = 2_000): Promise<void> {
  let timer
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The store is late.')), timeout)
  })
  try {
    await Promise.race([db.run(sql`select 1`), late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The values of a row in the order of the table's columns, for an `insert … select` that writes the row only where a
 * condition holds. A column without a value has its default or null; a null key is chosen by SQLite.
 */
export function insertValues<T extends SQLiteTable>(table: T, row: RowSource<T>): SQL {
  const values: Record<string, unknown> = row
  const cells = Object.entries(getTableColumns(table)).map(([name, column]) => {
    const value = values[name]
    return is(value, SQL) || is(value, Column)
      ? sql`${value}`
      : sql`${sql.param(value ?? column.default ?? null, column)}`
  })
  return sql.join(cells, sql`, `)
}

type RowSource<T extends SQLiteTable> = {
  [K in keyof T['$inferInsert']]: T['$inferInsert'][K] | SQL | AnySQLiteColumn
}
