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
  // Each line is decoded separately, so that invalid UTF-8 is reported with its line number.
  const lines = createInterface({ input: createReadStream(path, 'latin1') })
  let line = 0
  for await (const bytes of lines) {
    line++
    const text = decode(bytes)
    if (text?.trim() === '') continue
    yield text === undefined ? { line, reason: 'Not UTF-8.' } : { line, ...parseJson(text) }
  }
}

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
  const rows = parse({ columns: checkHeader, info: true, skip_empty_lines: true, relax_column_count: true })
  const source = feed(createReadStream(path), rows)
  let last = 1
  for await (const { record, info } of rows) {
    // `info.lines` is the last line of the record.
    const line = last + 1
    last = info.lines
    if (info.error) yield { line, reason: 'Not as many fields as the header line has.' }
    else yield { line, record: Object.fromEntries(Object.entries(record).filter(([, value]) => value !== '')) }
  }
  await source
}

function checkHeader(names) {
  const unknown = names.find((name) => !FIELDS.has(name))
  if (unknown !== undefined) throw new Error(`The header line has an unknown column: ${JSON.stringify(unknown)}`)
  return names
}

async function feed(bytes, rows) {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const chunk of bytes) {
      if (!rows.write(decoder.decode(chunk, { stream: true }))) await once(rows, 'drain')
    }
    rows.end(decoder.decode())
  } catch (error) {
    rows.destroy(error)
  }
}
