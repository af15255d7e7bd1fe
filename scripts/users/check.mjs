// The rules for an imported user. They are less strict than for new accounts: see docs/migrating.md.
import { isEmailAddress } from '../../src/accounts/email-address.ts'
import { normalizeEmail } from '../../src/accounts/email-address.ts'
import { readLegacyHash } from '../../src/accounts/legacy-hash/match.ts'
import { splitSuffixKey, SUFFIX_KEY, withSuffixKey } from '../../src/accounts/legacy-hash/suffix.ts'
import { isOwnHash } from '../../src/accounts/password.ts'
import { countCodePoints, normalizeName } from '../../src/text.ts'

const MAX_USERNAME = 255

/** A date and a time. Without an offset it is UTC. PostgreSQL writes an offset without minutes. */
const TIME = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:Z|([+-]\d\d)(?::?(\d\d))?)?$/

/**
 * The row of one record, or the reasons why it is refused.
 *
 * @param {Record<string, unknown>} record
 * @param {{ allowNoEmail: boolean, suffix: string | undefined, now: number }} options
 */
export function checkRecord(record, { allowNoEmail, suffix, now }) {
  const reasons = []
  const created_at = readTime(record.created_at)
  const nameFault = faultOfUsername(record.username)
  const hashFault = faultOfHash(record.password_hash, record.password_suffix ?? suffix)
  const emailFault = faultOfEmail(record.email)
  if (nameFault) reasons.push(nameFault)
  if (emailFault && !allowNoEmail) reasons.push(emailFault)
  if (hashFault) reasons.push(hashFault)
  if (created_at === undefined) reasons.push('`created_at` is not a date and time.')
  if (reasons.length > 0) return { reasons }

  const username = record.username.normalize('NFC')
  const email = emailFault ? null : record.email.normalize('NFC')
  const key = record.password_suffix ?? suffix
  return {
    row: {
      username,
      username_normalized: normalizeName(username),
      email,
      email_normalized: email && normalizeEmail(email),
      password_hash: key === undefined ? record.password_hash : withSuffixKey(key, record.password_hash),
      created_at: created_at ?? now,
    },
    hasTime: created_at !== null,
  }
}

function faultOfUsername(username) {
  if (typeof username !== 'string') return '`username` is missing or not a string.'
  if (!isStorable(username)) return '`username` has U+0000 or is not well-formed Unicode.'
  const length = countCodePoints(username.normalize('NFC'))
  if (normalizeName(username) === '') return '`username` is empty.'
  return length > MAX_USERNAME
    ? `\`username\` has ${length} characters; at most ${MAX_USERNAME} are allowed.`
    : undefined
}

function faultOfEmail(email) {
  if (email === undefined || email === null || email === '') return '`email` is missing; see --allow-no-email.'
  const isUsable = typeof email === 'string' && isStorable(email) && isEmailAddress(email.normalize('NFC'))
  return isUsable ? undefined : '`email` is not a usable address; see --allow-no-email.'
}

function faultOfHash(hash, key) {
  if (typeof hash !== 'string') return '`password_hash` is missing or not a string.'
  if (key !== undefined && !(typeof key === 'string' && SUFFIX_KEY.test(key))) {
    return '`password_suffix` must be a key of 1 to 32 letters, digits, `_` and `-`.'
  }
  if (splitSuffixKey(hash).key !== undefined)
    return '`password_hash` contains a suffix key. Move it to `password_suffix`.'
  if (isOwnHash(hash)) return undefined
  const read = readLegacyHash(hash)
  return typeof read === 'string' ? `\`password_hash\`: ${read}` : undefined
}

/** A time in milliseconds. Null if the field is empty, undefined if it is not a time. */
function readTime(value) {
  if (value === undefined || value === null || value === '') return null
  const matched = (typeof value === 'string' && TIME.exec(value)) || undefined
  if (matched === undefined) return undefined
  const [, year, month, day, time, hours = '+00', minutes = '00'] = matched
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  const isDate = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
  const at = Date.parse(`${year}-${month}-${day}T${time}${hours}:${minutes}`)
  return isDate && !Number.isNaN(at) ? at : undefined
}

const isStorable = (text) => text.isWellFormed() && !text.includes('\0')
