// `npm run migration -- --name what_changed`: writes a migration for the changes in src/store/schema.ts with drizzle-kit,
// and adds the search index of a new content type, because drizzle-kit does not support virtual tables.
import { spawnSync } from 'node:child_process'
import { appendFile, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { contentTables } from '../src/store/schema.ts'
import { searchIndexSql } from './search-index.mjs'

const bin = join('node_modules', 'drizzle-kit', 'bin.cjs')
const { status } = spawnSync(process.execPath, [bin, 'generate', ...process.argv.slice(2)], { stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)

const files = (await readdir('drizzle')).filter((file) => file.endsWith('.sql')).toSorted()
const texts = await Promise.all(files.map((file) => readFile(join('drizzle', file), 'utf8')))
const newest = join('drizzle', files.at(-1))
for (const name of Object.keys(contentTables)) {
  if (texts.some((text) => text.includes(`CREATE VIRTUAL TABLE ${name}_search `))) continue
  await appendFile(newest, `\n--> statement-breakpoint\n${searchIndexSql(name)}`)
  console.log(`${newest}: with a search index for ${name}`)
}
