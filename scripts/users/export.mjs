// `npm run users:export -- FILE`: every user in the form that `users:import` reads, so that nobody is locked in.
import { createWriteStream } from 'node:fs'
import { extname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { splitSuffixKey } from '../../src/accounts/legacy-hash/suffix.ts'
import { openTarget, TARGET_OPTIONS, TARGET_USAGE } from './target.mjs'

const USAGE = `Usage: npm run users:export -- FILE [options]
  FILE                    CSV when its name ends in .csv, otherwise JSON lines; a new file, readable by its owner alone${TARGET_USAGE}`

/** Users in one statement. */
const CHUNK = 1000

const PAGE = `
  select id, username, email, password_hash, created_at from users where id > ?1 order by id limit ${CHUNK}`

const COLUMNS = ['username', 'email', 'password_hash', 'created_at', 'password_suffix']

const { file, values } = readArguments()
let count = 0

try {
  const target = await openTarget(values)
  try {
    const isCsv = extname(file).toLowerCase() === '.csv'
    const lines = Readable.from(isCsv ? csv(users(target.query)) : jsonLines(users(target.query)))
    // Password hashes are secrets: the file is its owner's, and never written over another.
    await pipeline(lines, createWriteStream(file, { flags: 'wx', mode: 0o600 }))
    console.log(`${target.name}: ${count} users exported to ${file}.`)
  } finally {
    await target.close()
  }
} catch (error) {
  stop(error.message)
}

async function* users(query) {
  let last = 0
  for (;;) {
    const rows = await query(PAGE, last)
    for (const row of rows) yield toRecord(row)
    count += rows.length
    if (rows.length < CHUNK) return
    last = rows.at(-1).id
    console.error(`${count} users`)
  }
}

function toRecord({ username, email, password_hash, created_at }) {
  const { hash, key } = splitSuffixKey(password_hash)
  return {
    username,
    ...(email !== null && { email }),
    password_hash: hash,
    created_at: new Date(created_at).toISOString(),
    ...(key !== undefined && { password_suffix: key }),
  }
}

async function* jsonLines(records) {
  for await (const record of records) yield `${JSON.stringify(record)}\n`
}

/** RFC 4180, each field quoted. */
async function* csv(records) {
  yield `${COLUMNS.join(',')}\r\n`
  for await (const record of records) {
    yield `${COLUMNS.map((column) => `"${(record[column] ?? '').replaceAll('"', '""')}"`).join(',')}\r\n`
  }
}

function readArguments() {
  try {
    const { values: given, positionals } = parseArgs({ allowPositionals: true, options: TARGET_OPTIONS })
    const [path, ...rest] = positionals
    if (path === undefined || rest.length > 0) throw new Error('One file is needed.')
    return { file: path, values: given }
  } catch (error) {
    return stop(`${error.message}\n${USAGE}`)
  }
}

function stop(message) {
  console.error(message)
  process.exit(2)
}
