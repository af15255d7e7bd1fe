// `npm run migration -- --name what_changed`: writes a migration for the changes in src/store/schema.ts with drizzle-kit,
// and adds the search index of a new content type, because drizzle-kit does not support virtual tables.
import { spawnSync } from 'node:child_process'
import { appendFile, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getTableColumns } from 'drizzle-orm'
import { contentTables } from '../src/store/schema.ts'

const bin = join('node_modules', 'drizzle-kit', 'bin.cjs')
const { status } = spawnSync(process.execPath, [bin, 'generate', ...process.argv.slice(2)], { stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)

const files = (await readdir('drizzle')).filter((file) => file.endsWith('.sql')).toSorted()
const texts = await Promise.all(files.map((file) => readFile(join('drizzle', file), 'utf8')))
const newest = join('drizzle', files.at(-1))
for (const [name, table] of Object.entries(contentTables)) {
  if (texts.some((text) => text.includes(`CREATE VIRTUAL TABLE ${name}_search `))) continue
  await appendFile(newest, `\n--> statement-breakpoint\n${searchIndex(name, table)}`)
  console.log(`${newest}: with a search index for ${name}`)
}

/** A contentless index and its triggers, as in 0001_search.sql. */
function searchIndex(name, table) {
  const shared = new Set(['author_name', 'author_normalized', 'visibility', 'hidden_reason'])
  const searched = Object.values(getTableColumns(table)).filter(
    ({ columnType, name: column }) => columnType.startsWith('SQLiteText') && !shared.has(column),
  )
  const columns = searched.map((column) => column.name).join(', ')
  const values = searched.map(({ name: column, columnType }) =>
    columnType === 'SQLiteTextJson'
      ? `(SELECT group_concat(value, char(10)) FROM json_each(new.${column}))`
      : `new.${column}`,
  )
  const insert = `INSERT INTO ${name}_search (rowid, author, ${columns}) VALUES (new.id, new.author_id, ${values.join(', ')});`
  const remove = `DELETE FROM ${name}_search WHERE rowid = old.id;`
  return [
    `CREATE VIRTUAL TABLE ${name}_search USING fts5(\n  author, ${columns},\n  content='', contentless_delete=1, prefix='1 2 3 4 5 6 7 8', tokenize="unicode61 remove_diacritics 2"\n);`,
    `CREATE TRIGGER ${name}_search_insert AFTER INSERT ON ${name} BEGIN\n  ${insert}\nEND;`,
    `CREATE TRIGGER ${name}_search_update AFTER UPDATE OF ${columns} ON ${name} BEGIN\n  ${remove}\n  ${insert}\nEND;`,
    `CREATE TRIGGER ${name}_search_delete AFTER DELETE ON ${name} BEGIN\n  ${remove}\nEND;`,
  ].join('\n--> statement-breakpoint\n')
}
