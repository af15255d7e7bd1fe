/** Foreign keys of a content type: a write fails with 422 if a row that it refers to does not exist. */
import { eq, exists, sql, type Column, type SQL } from 'drizzle-orm'
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core'
import { Problem } from '../http/problem.ts'
import { oncePer } from '../lazy.ts'
import { SHARED_COLUMNS, type ContentTable } from '../store/schema.ts'
import type { Builder } from '../store/statement.ts'

type Values = Record<string, unknown>
type Reference = { name: string; value: unknown; table: SQLiteTable; column: Column }

/** The foreign keys of the content type's own columns. */
const foreignKeysOf = oncePer((content: ContentTable) =>
  getTableConfig(content).foreignKeys.flatMap((key) => {
    const { columns, foreignColumns, foreignTable: table } = key.reference()
    const [from, column] = [columns[0], foreignColumns[0]]
    return from && column && !SHARED_COLUMNS.has(from.name) ? [{ name: from.name, table, column }] : []
  }),
)

/** The foreign keys among these values, without those that are null. */
const referencesIn = (table: ContentTable, values: Values): Reference[] =>
  foreignKeysOf(table).flatMap((key) => {
    const value = values[key.name]
    return value === undefined || value === null ? [] : [{ ...key, value }]
  })

const isThere = (db: Builder, { value, table, column }: Reference): SQL =>
  exists(
    db
      .select({ found: sql`1` })
      .from(table)
      .where(eq(column, value)),
  )

/** The conditions that the rows exist. The write has them because libSQL can have foreign keys off. */
export const referencesExist = (db: Builder, table: ContentTable, values: Values): SQL[] =>
  referencesIn(table, values).map((reference) => isThere(db, reference))

/** A query for the names of the fields whose rows do not exist. */
export function selectMissingReferences(db: Builder, table: ContentTable, values: Values) {
  const references = referencesIn(table, values)
  const names = references.map((reference) => sql`select ${reference.name} as name where not ${isThere(db, reference)}`)
  return db
    .select({ name: sql<string>`name` })
    .from(sql`(${sql.join(names.length ? names : [sql`select null as name where 0`], sql` union all `)})`)
}

/** Throws `invalid-input` (422) with a fault for each of the fields. */
export function refuseMissingReferences(missing: { name: string }[]): void {
  if (missing.length === 0) return
  const errors = missing.map(({ name }) => ({
    pointer: `#/${name}`,
    detail: 'Refers to something that does not exist.',
  }))
  throw new Problem('invalid-input', { errors })
}
