// The tables of a backup, from `src/store/schema.ts`: parents before the tables that reference them.
import { is } from 'drizzle-orm'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import journal from '../../drizzle/meta/_journal.json' with { type: 'json' }
import * as schema from '../../src/store/schema.ts'

/** The names of the migrations. A backup can be restored only into a database with the same ones. */
export const migrations = journal.entries.map(({ tag }) => tag)

const configs = Object.values(schema)
  .filter((value) => is(value, SQLiteTable))
  .map(getTableConfig)

/** Name, columns, primary key and foreign keys of each table. Search indexes are derived and not part of a backup. */
export const tables = inOrder(configs.map(describe))

function describe({ name, columns, primaryKeys, foreignKeys }) {
  const keys = foreignKeys.map((key) => key.reference())
  return {
    name,
    columns: columns.filter(({ generated }) => !generated).map((column) => column.name),
    primaryKey: primaryKeys[0]?.columns.map((column) => column.name) ?? [columns.find(({ primary }) => primary).name],
    parents: keys.map(({ columns: [column], foreignTable, foreignColumns: [foreign] }) => ({
      column: column.name,
      table: getTableConfig(foreignTable).name,
      foreign: foreign.name,
    })),
  }
}

function inOrder(unordered) {
  const ordered = []
  const rest = new Set(unordered.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
  while (rest.size > 0) {
    const isFree = ({ name, parents }) =>
      parents.every(({ table }) => table === name || ![...rest].some((other) => other.name === table))
    const free = [...rest].filter(isFree)
    if (free.length === 0) throw new Error('The foreign keys of the tables form a circle.')
    for (const table of free) rest.delete(table)
    ordered.push(...free)
  }
  return ordered
}
