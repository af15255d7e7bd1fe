// `npm run restore -- FILE`: restores a backup into an empty, migrated database. A repeated run continues an interrupted one.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { DATABASE_OPTIONS, openDatabase } from './databases.mjs'
import { migrations, tables } from './tables.mjs'

const HELP = `npm run restore -- FILE [options]
  (none)             the local D1 database of npm start
  --persist-to DIR   the local D1 database in DIR
  --remote           the D1 database of the deployed service
  --env NAME         the database of [env.NAME] in wrangler.toml
  --libsql URL       a libSQL database (its token: LIBSQL_AUTH_TOKEN)
  --keep-sessions=no restore no sessions: everybody has to sign in again`

/** The bytes after which a batch ends. A parameter of D1 has at most 2 MB. */
const BATCH_BYTES = 250_000

const { values: options, positionals } = parseArgs({
  options: {
    ...DATABASE_OPTIONS,
    'keep-sessions': { type: 'string', default: 'yes' },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})

async function restore(file) {
  const { sha256, rows } = await check(file)
  const database = await openDatabase(options)
  try {
    const from = await prepare(database, sha256)
    if (from > 0) console.log(`Going on after line ${from}.`)
    for await (const batch of batches(file, from)) await write(database, batch)
    await report(database, rows)
    await database.batch([['drop table restore_progress']])
  } finally {
    await database.close()
  }
}

/** Reads the whole file before anything is written. Throws if it is not a backup, is incomplete or has another schema. */
async function check(file) {
  const hash = createHash('sha256')
  let header = ''
  let previous = ''
  for await (const line of linesOf(file)) {
    if (previous !== '') hash.update(`${previous}\n`)
    header ||= line
    previous = line
  }
  const { format, version, migrations: given = [], tables: columns = {} } = parse(header)
  if (format !== 'postern-backup' || version !== 1) throw new Error(`${file} is not a backup of Postern.`)
  if (given.join(', ') !== migrations.join(', ')) {
    throw new Error(
      `The backup has the migrations ${given.join(', ')}, and this version of the code has ${migrations.join(', ')}.`,
    )
  }
  for (const table of tables) {
    if (String(columns[table.name]) !== String(table.columns)) throw new Error(`The columns of ${table.name} differ.`)
  }
  const { sha256, rows } = parse(previous)
  if (sha256 !== hash.digest('hex')) throw new Error(`${file} is damaged or incomplete: its checksum differs.`)
  return { sha256, rows }
}

/** The number of lines that were already restored. Throws if the database has other rows. */
async function prepare(database, sha256) {
  const [progress] = await database.all("select 1 from sqlite_schema where name = 'restore_progress'")
  if (progress) {
    const [{ sha256: begun, line }] = await database.all('select sha256, line from restore_progress')
    if (begun !== sha256)
      throw new Error(`${database.name} has a part of another backup. Restore into an empty database.`)
    return line
  }
  for (const { name } of tables) {
    const [row] = await database.all(`select 1 from ${name} limit 1`).catch((error) => {
      throw new Error(`${database.name} cannot be used: ${error.message} Apply the migrations first.`, { cause: error })
    })
    if (row) throw new Error(`${database.name} is not empty: ${name} has rows. Nothing was changed.`)
  }
  await database.batch([
    ['create table restore_progress (sha256 text not null, line integer not null)'],
    ['insert into restore_progress (sha256, line) values (?, 0)', sha256],
  ])
  return 0
}

/** Yields batches of rows of one table, with the number of their last line. */
async function* batches(file, from) {
  let [batch, bytes, line] = [null, 0, 0]
  for await (const text of linesOf(file)) {
    line++
    const value = parse(text)
    if (line <= from || !Array.isArray(value)) continue
    const [table, ...row] = value
    if (batch && (batch.table !== table || bytes > BATCH_BYTES)) {
      yield batch
      batch = null
    }
    if (!batch) [batch, bytes] = [{ table, rows: [], line }, 0]
    batch.rows.push(row)
    batch.line = line
    bytes += text.length
  }
  if (batch) yield batch
}

/** Writes the rows and the progress in one batch, so that each row is restored exactly once. */
function write(database, { table, rows, line }) {
  const json = JSON.stringify(rows)
  const progress = ['update restore_progress set line = ?', line]
  if (table === 'sqlite_sequence') return database.batch([['delete from sqlite_sequence'], [SEQUENCES, json], progress])
  if (table === 'sessions' && options['keep-sessions'] === 'no') return database.batch([progress])
  return database.batch([[insertInto(tables.find(({ name }) => name === table)), json], progress])
}

const SEQUENCES = 'insert into sqlite_sequence (name, seq) select value ->> 0, value ->> 1 from json_each(?)'

/**
 * A backup of a running service is not of one moment. A row is skipped and reported if its parent was created after the
 * parents were read, or if another row has its unique name.
 */
function insertInto({ name, columns, parents }) {
  const value = (column) => `json_extract(value, '$[${columns.indexOf(column)}]')`
  const conditions = parents.map(
    ({ column, table, foreign }) =>
      `(${value(column)} is null or exists (select 1 from ${table} where ${table}.${foreign} = ${value(column)}))`,
  )
  return `insert into ${name} (${columns.join(', ')}) select ${columns.map(value).join(', ')}
    from json_each(?) where ${['true', ...conditions].join(' and ')} on conflict do nothing`
}

async function report(database, rows) {
  for (const { name } of tables) {
    const isLeftOut = name === 'sessions' && options['keep-sessions'] === 'no'
    const [{ count }] = await database.all(`select count(*) as count from ${name}`)
    const difference = rows[name] - count
    const note = isLeftOut
      ? '(left out)'
      : difference > 0
        ? `(${difference} of ${rows[name]} left out: see docs/operating.md)`
        : ''
    console.log(`${String(count).padStart(9)}  ${name} ${note}`.trimEnd())
  }
  console.log(`Restored into ${database.name}.`)
}

const linesOf = (file) => createInterface({ input: createReadStream(file), crlfDelay: Infinity })

function parse(line) {
  try {
    return JSON.parse(line)
  } catch {
    return {}
  }
}

try {
  if (options.help || positionals.length !== 1) console.log(HELP)
  else if (!['yes', 'no'].includes(options['keep-sessions'])) throw new Error('--keep-sessions is yes or no.')
  else await restore(positionals[0])
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
