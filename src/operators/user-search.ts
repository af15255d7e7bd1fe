/**
 * Finds users by any part of their normalised name or address. The triggers in `drizzle/` index every pair of
 * neighbouring characters as a word; a part of a name is a phrase of such words, and a single character the beginning of one.
 */
import { sql, type SQL } from 'drizzle-orm'
import { normalizeEmail } from '../accounts/email-address.ts'
import { normalizeName } from '../text.ts'

export function searchUsers(q: string): { index: SQL; rowid: SQL; matches: SQL } {
  const index = sql`users_search`
  // The domain of an address is indexed in ASCII.
  const characters = Array.from(/@.*[^\0-\x7f]/s.test(q) ? normalizeEmail(q) : normalizeName(q))
  const pairs = characters.slice(1).map((second, n) => wordOf(`${characters[n]}${second}`))
  const [first = ''] = characters
  const expression = pairs.length > 0 ? `"${pairs.join(' ')}"` : `"${wordOf(first)}" *`
  return { index, rowid: sql`${index}.rowid`, matches: sql`${index} match ${expression}` }
}

/** As SQLite's `hex` writes it, so that a word has nothing in it that the tokenizer would split or fold. */
const wordOf = (pair: string) => new TextEncoder().encode(pair).toHex()
