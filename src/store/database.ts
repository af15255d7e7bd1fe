/** Connects to the database: D1 or libSQL. */
import { Column, getTableColumns, is, SQL, sql } from 'drizzle-orm'
import type { BatchItem, BatchResponse } from 'drizzle-orm/batch'
import { drizzle as drizzleD1 } from 'drizzle-orm/d1'
import type { AnySQLiteColumn, BaseSQLiteDatabase, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { ConfigError, type Env } from '../config.ts'
import { drizzleLibsql, libsqlClient } from './libsql.ts'
import { isRead, roundTrip, type QueryStats } from './round-trip.ts'
import { d1Transport, libsqlTransport, sender, type Sender } from './send.ts'

/**
 * The methods that both drivers support. There is no `transaction`, because D1 has none. A `batch` is one round trip and
 * atomic on both. (libSQL opens it as a reader, so the first statement of a batch that writes must be a write.)
 */
export type Database = Omit<BaseSQLiteDatabase<'async', unknown>, 'transaction'> & {
  batch<U extends BatchItem<'sqlite'>, T extends Readonly<[U, ...U[]]>>(batch: T): Promise<BatchResponse<T>>
} & Sender

/** Where a request reads: from the primary database, or from the nearest replica. */
export type ReadFrom = 'primary' | 'nearest'

export type Connect = (env: Env, queryStats?: QueryStats, readFrom?: ReadFrom) => Database

/**
 * The database of the environment. libSQL if both are set. A libSQL client is created for each request. `queryStats`
 * counts the queries of the request.
 */
export const connect: Connect = (env, queryStats = { queries: 0, milliseconds: 0 }, readFrom = 'primary') => {
  const { LIBSQL_URL: url, LIBSQL_AUTH_TOKEN: authToken, DB } = env
  if (url) {
    const client = libsqlClient(url, authToken, queryStats)
    return Object.assign(drizzleLibsql(client), sender(libsqlTransport(client)))
  }
  // A D1 session reads from a replica if there is one, and sends every write to the primary.
  const d1 = DB && readFrom === 'nearest' ? DB.withSession('first-unconstrained') : DB
  if (d1) return Object.assign(drizzleD1(instrumentD1(d1, queryStats)), sender(d1Transport(d1, queryStats)))
  throw new ConfigError('there is no database')
}

/** The binding with each call counted and retried by `roundTrip`. */
function instrumentD1(db: Pick<D1Database, 'prepare' | 'batch'>, queryStats: QueryStats): D1Database {
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

/** The database did not respond in time. */
export class LateError extends Error {
  override name = 'LateError'
}

/** Resolves as `work`. Throws a `LateError` after `timeout` milliseconds. */
export async function withTimeout<T>(work: Promise<T>, timeout: number): Promise<T> {
  let timer
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LateError(`The database did not respond within ${timeout} ms.`)), timeout)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The values of a row in the order of the table's columns, for an `insert … select` that writes the row only if a
 * condition holds. A column without a value has its default or null. SQLite chooses a null primary key.
 */
export const insertValues = <T extends SQLiteTable>(table: T, row: RowSource<T>): SQL => columnValues(table, row)

/** The same for a row of any table, by the names of its columns. */
export function columnValues(table: SQLiteTable, values: Record<string, unknown>): SQL {
  const cells = Object.entries(getTableColumns(table)).flatMap(([name, column]) => {
    if (column.generated) return []
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
