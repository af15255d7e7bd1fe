// Reads a file of users, JSON lines or CSV. Each record has the number of its first line.
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { parse } from 'csv-parse'

const FIELDS = new Set(['username', 'email', 'password_hash', 'created_at', 'password_suffix'])

/**
 * Yields `{ line, record }`, or `{ line, reason }` for a line that cannot be read.
 *
 * @param {string} path a CSV file if the name ends in `.csv`, otherwise JSON lines
 */
export const readRecords = (path) => (extname(path).toLowerCase() === '.csv' ? readCsv(path) : readJsonLines(path))

async function* readJsonLines(path) {
  const lines = createInterface({ input: createReadStream(path, 'latin1') })
  let line = 0
  for await (const bytes of lines) {
    line++
    const text = decode(bytes)
    if (text?.trim() === '') continue
    yield text === undefined ? { line, reason: 'Not UTF-8.' } : { line, ...parseJson(text) }
  }
}

/** Each line or field is decoded separately, so that invalid UTF-8 is reported with its line number. */
function decode(bytes) {
  try {
    // The decoder drops a byte order mark, which some programs write.
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return undefined
  }
}

function parseJson(text) {
  let record
  try {
    record = JSON.parse(text)
  } catch {
    return { reason: 'Not JSON.' }
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return { reason: 'Not a JSON object.' }
  const unknown = Object.keys(record).find((name) => !FIELDS.has(name))
  return unknown === undefined ? { record } : { reason: `Unknown field ${JSON.stringify(unknown.slice(0, 50))}.` }
}

/** CSV (RFC 4180) with a header line. An empty field is a missing field. */
async function* readCsv(path) {
  const rows = parse({
    columns: checkHeader,
    encoding: 'latin1',
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
  })
  const source = feed(createReadStream(path), rows)
  let last = 1
  for await (const { record, info } of rows) {
    // `info.lines` is the last line of the record.
    const line = last + 1
    last = info.lines
    if (info.error) yield { line, reason: 'Not as many fields as the header line has.' }
    else yield { line, ...decodeFields(record) }
  }
  await source
}

function decodeFields(record) {
  const fields = Object.entries(record).map(([name, bytes]) => [name, decode(bytes)])
  if (fields.some(([, value]) => value === undefined)) return { reason: 'Not UTF-8.' }
  return { record: Object.fromEntries(fields.filter(([, value]) => value !== '')) }
}

function checkHeader(names) {
  const unknown = names.find((name) => !FIELDS.has(name))
  if (unknown !== undefined) {
    throw new Error(`The header line has an unknown column: ${JSON.stringify(decode(unknown) ?? unknown)}`)
  }
  const twice = names.find((name, at) => names.indexOf(name) < at)
  if (twice !== undefined) throw new Error(`The header line has two columns ${JSON.stringify(twice)}.`)
  return names
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff')

async function feed(bytes, rows) {
  let isFirst = true
  try {
    for await (const chunk of bytes) {
      const isMarked = isFirst && chunk.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
      isFirst = false
      if (!rows.write(isMarked ? chunk.subarray(BYTE_ORDER_MARK.length) : chunk)) await once(rows, 'drain')
    }
    rows.end()
  } catch (error) {
    rows.destroy(error)
  }
}
