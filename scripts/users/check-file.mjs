// Checks a whole file before anything is written: each record, then duplicate names and addresses.
import { checkRecord } from './check.mjs'
import { readRecords } from './records.mjs'

/**
 * The rows of a file in order, each with its line. Refused lines are passed to `refuse(line, reason)`.
 *
 * @param {string} path
 * @param {{ allowNoEmail: boolean, suffix: string | undefined, now: number }} options
 * @param {(line: number, reason: string) => void} refuse
 */
export async function checkFile(path, options, refuse) {
  const entries = []
  for await (const { line, record, reason } of readRecords(path)) {
    const { row, hasTime, reasons } = record ? checkRecord(record, options) : { reasons: [reason] }
    if (row) entries.push({ line, row, hasTime })
    else refuse(line, reasons.join(' '))
  }
  const names = linesBy(entries, 'username_normalized')
  const addresses = linesBy(entries, 'email_normalized')
  return entries.filter(({ line, row }) => {
    const [namesakes, sharers] = [names.get(row.username_normalized), addresses.get(row.email_normalized) ?? [line]]
    // It is unknown which user owns a duplicate name or address, so all of them are refused.
    if (namesakes.length > 1) return refuse(line, `\`username\` is the same name on lines ${listed(namesakes)}.`)
    if (sharers.length > 1 && options.allowNoEmail) Object.assign(row, { email: null, email_normalized: null })
    else if (sharers.length > 1)
      return refuse(line, `\`email\` is the same address on lines ${listed(sharers)}; see --allow-no-email.`)
    return true
  })
}

/** The lines of each value of a column. */
function linesBy(entries, column) {
  const lines = new Map()
  for (const { line, row } of entries) {
    if (row[column] === null) continue
    const same = lines.get(row[column])
    if (same) same.push(line)
    else lines.set(row[column], [line])
  }
  return lines
}

const MAX_LISTED = 10

const listed = (lines) => `${lines.slice(0, MAX_LISTED).join(', ')}${lines.length > MAX_LISTED ? ', …' : ''}`
