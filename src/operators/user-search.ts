/**
 * Finds users by any part of their normalized name or address. The triggers in `drizzle/` index every pair of adjacent
 * characters as a word. A part of a name is a phrase of such words; a single character is the prefix of a word.
 */
import { sql, type SQL } from 'drizzle-orm'
import { normalizeEmail } from '../accounts/email-address.ts'
import { normalizeName } from '../text.ts'

export const USER_STATUSES = ['all', 'active', 'suspended', 'operator'] as const
export type UserStatus = (typeof USER_STATUSES)[number]

/** The status is a part of the search, so that users of another status are not read. */
export function searchUsers(q: string, status: UserStatus): { index: SQL; rowid: SQL; matches: SQL } {
  const index = sql`users_search`
  // The domain of an address is indexed in ASCII.
  const characters = Array.from(/@.*[^\0-\x7f]/s.test(q) ? normalizeEmail(q) : normalizeName(q))
  const pairs = characters.slice(1).map((second, n) => wordOf(`${characters[n]}${second}`))
  const [first = ''] = characters
  const text = pairs.length > 0 ? `"${pairs.join(' ')}"` : `"${wordOf(first)}" *`
  const state = status === 'all' ? '' : ` AND state : ${status}`
  const expression = `{username email} : ${text}${state}`
  return { index, rowid: sql`${index}.rowid`, matches: sql`${index} match ${expression}` }
}

/** A pair as SQLite's `hex` writes it, so that the tokenizer neither splits nor folds it. */
const wordOf = (pair: string) => new TextEncoder().encode(pair).toHex()
