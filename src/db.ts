/** The store: D1 or libSQL, chosen here and nowhere else. */
import { createClient } from '@libsql/client/web'
import { Column, getTableColumns, is, SQL, sql } from 'drizzle-orm'
import type { BatchItem, BatchResponse } from 'drizzle-orm/batch'
import { drizzle as drizzleD1 } from 'drizzle-orm/d1'
import { drizzle as drizzleLibsql } from 'drizzle-orm/libsql/web'
import type { AnySQLiteColumn, BaseSQLiteDatabase, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { ConfigError, type Env } from './env.ts'

/**
 * What both drivers can do. There is no `transaction`: D1 has none. A `batch` is one round trip and atomic on both
 * (libSQL opens it as a reader, so the first statement of a batch that writes has to be a write).
 */
export type Database = Omit<BaseSQLiteDatabase<'async', unknown>, 'transaction'> & {
  batch<U extends BatchItem<'sqlite'>, T extends Readonly<[U, ...U[]]>>(batch: T): Promise<BatchResponse<T>>
}

export type Connect = (env: Env) => Database

/** The store that the environment names; libSQL where both are there. A libSQL client lives as long as its request. */
export const connect: Connect = (env) => {
  if (env.LIBSQL_URL) {
    return drizzleLibsql(
      createClient({ url: env.LIBSQL_URL, ...(env.LIBSQL_AUTH_TOKEN && { authToken: env.LIBSQL_AUTH_TOKEN }) }),
    )
  }
  if (env.DB) return drizzleD1(env.DB)
  throw new ConfigError('there is no store')
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
export function rowOf<T extends SQLiteTable>(table: T, row: RowSource<T>): SQL {
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
