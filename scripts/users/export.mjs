// `npm run users:export -- FILE`: writes every user in the format of `users:import`.
import { createWriteStream } from 'node:fs'
import { extname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { splitSuffixKey } from '../../src/accounts/legacy-hash/suffix.ts'
import { openTarget, TARGET_OPTIONS, TARGET_USAGE } from './target.mjs'

const USAGE = `Usage: npm run users:export -- FILE [options]
  FILE                    a new file: CSV if its name ends in .csv, otherwise JSON lines; only its owner can read it${TARGET_USAGE}`

/** The number of users that one statement reads. */
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
    // Password hashes are secrets: only the owner can read the file, and no file is overwritten.
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

/** CSV (RFC 4180) with quoted fields. */
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
    if (path === undefined || rest.length > 0) throw new Error('Exactly one file is required.')
    return { file: path, values: given }
  } catch (error) {
    return stop(`${error.message}\n${USAGE}`)
  }
}

function stop(message) {
  console.error(message)
  process.exit(2)
}
