// `npm run backup -- FILE`: writes every row, except derived data, as NDJSON. `-- --help` lists the options.
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { DATABASE_OPTIONS, openDatabase } from './databases.mjs'
import { migrations, tables } from './tables.mjs'

const HELP = `npm run backup -- FILE [options]
  (none)            the local D1 database of npm start
  --persist-to DIR  the local D1 database in DIR
  --remote          the D1 database of the deployed service
  --env NAME        the database of [env.NAME] in wrangler.toml
  --libsql URL      a libSQL database (its token: LIBSQL_AUTH_TOKEN)`

/** The maximum rows of a page, and the bytes after which a page ends: a libSQL response has at most 10 MB. */
const [PAGE_ROWS, PAGE_BYTES] = [500, 500_000]

const { values: options, positionals } = parseArgs({
  options: { ...DATABASE_OPTIONS, help: { type: 'boolean', default: false } },
  allowPositionals: true,
})

/** Writes to a temporary file and renames it when it is complete. It has password hashes, so only its owner can read it. */
async function backup(file) {
  const database = await openDatabase(options)
  try {
    const rows = {}
    await pipeline(
      Readable.from(lines(database, rows), { highWaterMark: 1 }),
      createWriteStream(`${file}.part`, { mode: 0o600 }),
    )
    await rename(`${file}.part`, file)
    for (const [name, count] of Object.entries(rows)) console.log(`${String(count).padStart(9)}  ${name}`)
    console.log(`${file}: a backup of ${database.name}`)
  } catch (error) {
    await rm(`${file}.part`, { force: true })
    throw error
  } finally {
    await database.close()
  }
}

/** Yields a header, a line for each row, and a last line with the counts and the SHA-256 of all lines before it. */
async function* lines(database, rows) {
  const hash = createHash('sha256')
  const line = (value) => {
    const text = `${JSON.stringify(value)}\n`
    hash.update(text)
    return text
  }
  const columns = Object.fromEntries(tables.map((table) => [table.name, table.columns]))
  yield line({ format: 'postern-backup', version: 1, migrations, tables: columns })
  for (const table of tables) {
    rows[table.name] = 0
    for await (const page of pages(database, table)) {
      rows[table.name] += page.length
      yield page.map((row) => line([table.name, ...table.columns.map((column) => row[column])])).join('')
    }
  }
  for (const { name, seq } of await database.all(SEQUENCES, JSON.stringify(Object.keys(columns)))) {
    yield line(['sqlite_sequence', name, seq])
  }
  yield `${JSON.stringify({ rows, sha256: hash.digest('hex') })}\n`
}

/** The greatest id that each table has assigned, so that the id of a deleted row is never reused. */
const SEQUENCES = 'select name, seq from sqlite_sequence where name in (select value from json_each(?)) order by name'

/** Yields pages in the order of the primary key. Each page costs the same, and each row is read once. */
async function* pages(database, { name, columns, primaryKey }) {
  const key = primaryKey.join(', ')
  const size = columns.map((column) => `coalesce(length(cast(${column} as blob)), 0)`).join(' + ')
  const query = (where) => `select ${columns.join(', ')} from (
      select *, sum(bytes) over (order by ${key} rows unbounded preceding) - bytes as preceding from (
        select ${columns.join(', ')}, ${size} as bytes from ${name} ${where} order by ${key} limit ${PAGE_ROWS}))
    where preceding < ${PAGE_BYTES} order by ${key}`
  let page = await database.all(query(''))
  while (page.length > 0) {
    yield page
    const last = primaryKey.map((column) => page.at(-1)[column])
    page = await database.all(query(`where (${key}) > (${last.map(() => '?').join(', ')})`), ...last)
  }
}

try {
  if (options.help || positionals.length !== 1) console.log(HELP)
  else await backup(positionals[0])
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
