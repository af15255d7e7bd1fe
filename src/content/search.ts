/** Full-text search: words are asked for together, the last as a beginning; each kind's index is kept by triggers in `drizzle/`. */
import { getTableName, sql, type SQL } from 'drizzle-orm'
import type { ContentTable } from '../store/schema.ts'

/** What is asked for at most; the rest of a long query would only narrow it. */
const MAX_WORDS = 16

/**
 * The index of a kind, the place of an item in it, and the condition that the item has all the words, and the author if
 * one is asked for: the id is a word of the index, so that no other author's items are read.
 */
export function search(table: ContentTable, q: string, author?: SQL): { index: SQL; rowid: SQL; matches: SQL } {
  const index = sql`${sql.identifier(`${getTableName(table)}_search`)}`
  const words = `- author : (${toExpression(q)})`
  const expression = author ? sql`${`${words} AND author : "`} || coalesce(${author}, 0) || '"'` : sql`${words}`
  return { index, rowid: sql`${index}.rowid`, matches: sql`${index} match ${expression}` }
}

/**
 * The words of a query as an FTS5 expression. Each is a quoted string, so that no operator of FTS5 is among them. Text
 * is stored as it was sent, so a word is looked for in both of its normal forms: Hangul may be there as syllables or as
 * the letters they are made of.
 */
export function toExpression(q: string): string {
  const words = q.match(/[\p{L}\p{M}\p{N}\p{Co}]+/gu)?.slice(0, MAX_WORDS) ?? []
  // A query without a word in it finds nothing: no indexed text has this one.
  if (words.length === 0) return '"\u{f8ff}\u{f8ff}\u{f8ff}"'
  return words
    .map((word, n) => {
      const star = n === words.length - 1 ? ' *' : ''
      const forms = [...new Set([word.normalize('NFC'), word.normalize('NFD')])]
      return `(${forms.map((form) => `"${form}"${star}`).join(' OR ')})`
    })
    .join(' AND ')
}
