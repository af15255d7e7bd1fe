/** Compares the migrations of the database with those of the code. */
import { sql } from 'drizzle-orm'
import journal from '../../drizzle/meta/_journal.json' with { type: 'json' }
import type { Database } from './database.ts'
import { retryIdempotent } from './round-trip.ts'
import { sessions } from './schema.ts'

/** The names of migrations that the database lacks (`missing`) and that the code does not know (`unknown`). */
export type MigrationDifference = { missing: string[]; unknown: string[] }

/** The tables of applied migrations: of wrangler by file name in D1, of Drizzle by time in libSQL. */
const applied = {
  d1: sql`select name from d1_migrations order by id`,
  libsql: sql`select created_at from __drizzle_migrations order by created_at`,
}

/**
 * Compares in one round trip. A database without the table of migrations has no migrations. With `write` it also checks
 * that the database accepts writes: a server can stop accepting writes and still respond to reads.
 */
export async function compareMigrations(
  db: Database,
  driver: keyof typeof applied,
  { write = false } = {},
): Promise<MigrationDifference> {
  const read = () => db.values<[string | number]>(applied[driver])
  const rows = await (write ? writeAndRead(db, driver) : read()).catch((error: unknown) => {
    if (isMissingTable(error)) return []
    throw error
  })
  const found = new Set(rows.map((row) => nameOf(row[0])))
  const known = journal.entries.map(({ tag }) => tag)
  return {
    missing: known.filter((name) => !found.has(name)),
    unknown: [...found].filter((name) => !known.includes(name)),
  }
}

/** Reads the applied migrations after a `delete` that matches nothing, so it can be repeated. */
async function writeAndRead(db: Database, driver: keyof typeof applied): Promise<[string | number][]> {
  const [, rows] = await retryIdempotent(() =>
    db.batch([db.delete(sessions).where(sql`0`), db.all<Record<string, string | number>>(applied[driver])]),
  )
  return rows.flatMap((row) => Object.values(row).map((value): [string | number] => [value]))
}

const nameOf = (value: string | number) =>
  typeof value === 'string' && value.endsWith('.sql')
    ? value.slice(0, -'.sql'.length)
    : (journal.entries.find(({ when }) => when === Number(value))?.tag ?? String(value))

const isMissingTable = (error: unknown): boolean =>
  error instanceof Error && (/no such table/.test(error.message) || isMissingTable(error.cause))
