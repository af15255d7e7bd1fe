/** The rows of the whole database, to see what a request changes. */
import { getTableName, is } from 'drizzle-orm'
import { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { connect } from '../../src/store/database.ts'
import * as schema from '../../src/store/schema.ts'
import { env } from './service.ts'

const TABLES = Object.values(schema).filter((value) => is(value, SQLiteTable))

/** The number of rows of each table. */
export async function countRows(): Promise<Record<string, number>> {
  const db = connect(env)
  const counts = await Promise.all(TABLES.map(async (table) => [getTableName(table), await db.$count(table)] as const))
  return Object.fromEntries(counts)
}

/** Every row of every table as one line of text: the name of the table and the row as JSON. */
export async function allRows(except: readonly string[] = []): Promise<string[]> {
  const db = connect(env)
  const tables = TABLES.filter((table) => !except.includes(getTableName(table)))
  const found = await Promise.all(
    tables.map(async (table) =>
      (await db.select().from(table)).map((row) => `${getTableName(table)} ${JSON.stringify(row)}`),
    ),
  )
  return found.flat().toSorted()
}

/** The rows that have the id of a user in one of the columns that refer to users. */
export const rowsOf = (rows: readonly string[], userId: number) =>
  rows.filter((row) => new RegExp(`"(user_id|author_id|reporter_id)":${userId}\\b`).test(row))
