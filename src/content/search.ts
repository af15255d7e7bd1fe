/**
 * Full-text search. Each content type has an index (FTS5). Triggers in `drizzle/` fill it from the column `search_text`.
 *
 * The index has each word behind a letter that says who can find it, so that no search reads words, or takes time for
 * words, that its user cannot see: `t` for the title of a listed item, `p` for other text of a listed `public` item, `m`
 * for other text of a listed `members` item; `u`, `v` and `w` are the same for items that are not listed. The words `a`
 * and `b` with the id of the author are in every item of the author, and in every listed one.
 */
import { getTableColumns, getTableName, sql, type Column, type SQL } from 'drizzle-orm'
import { SHARED_COLUMNS, type ContentTable } from '../store/schema.ts'
import type { Bindable } from '../store/statement.ts'
import { toIndexText, toTerms, type Term } from './search-text.ts'

/** Further words of a query are ignored. */
const MAX_TERMS = 16

/** The letters of the words that a reader can find. */
const LISTED = { everyone: ['t', 'p'], members: ['t', 'p', 'm'] }
const UNLISTED = { everyone: ['u', 'v'], members: ['u', 'v', 'w'] }

/** FTS5 expressions of one query: for listed items, for items that are not listed, and for all items of one user. */
export type Expressions = { listed: string; unlisted: string; ofUser: string }

export const toExpressions = (q: string, reader: keyof typeof LISTED): Expressions => ({
  listed: toExpression(q, LISTED[reader]),
  unlisted: toExpression(q, UNLISTED[reader]),
  ofUser: toExpression(q, [...LISTED.members, ...UNLISTED.members]),
})

/** An FTS5 expression for all words of a query behind any of the letters. Each word is quoted, so none is an operator. */
export function toExpression(q: string, letters: readonly string[]): string {
  const terms = toTerms(q).slice(0, MAX_TERMS)
  // A query without a word finds nothing: no word in the index starts with `x`.
  if (terms.length === 0) return '"x"'
  const anyOf = (term: Term) => letters.map((letter) => quote(term, letter)).join(' OR ')
  return terms.map((term) => `(${anyOf(term)})`).join(' AND ')
}

const quote = ({ tokens, isBeginning }: Term, letter: string) =>
  `"${tokens.map((token) => letter + token).join(' ')}"${isBeginning ? ' *' : ''}`

/** The search index of a content type, and the id of an item in it. */
export function searchIndex(table: ContentTable): { index: SQL; rowid: SQL } {
  const index = sql`${sql.identifier(`${getTableName(table)}_search`)}`
  return { index, rowid: sql`${index}.rowid` }
}

const AUTHOR_WORDS = { author: 'a', 'listed author': 'b' }

/** The condition that an item in the index matches an expression and, with the id of an author, is by the author. */
export const matches = (
  table: ContentTable,
  expression: Bindable<string>,
  word: keyof typeof AUTHOR_WORDS,
  authorId: SQL | undefined,
): SQL =>
  authorId
    ? sql`${searchIndex(table).index} match ${expression} || ${sql.raw(`' AND "${AUTHOR_WORDS[word]}'`)} || coalesce(${authorId}, 0) || '"'`
    : sql`${searchIndex(table).index} match ${expression}`

/** The largest size of the words of one list, in bytes. A row of D1 holds it beside two lists of the largest size. */
const MAX_LIST_BYTES = 50_000

/** The words of one column. Pairs take up to 2.5 times the bytes of the text; longer results are cut. */
function indexText(value: unknown): string | null {
  const isList = Array.isArray(value)
  const text = isList ? value.join('\n') : value
  if (typeof text !== 'string') return null
  const bytes = 3 * new TextEncoder().encode(text).length
  return toIndexText(text, isList ? Math.min(bytes, MAX_LIST_BYTES) : bytes)
}

/** Whether a column is searched: the title and the text columns of the content type. */
const isSearched = (column: Column) =>
  (column.name === 'title' || !SHARED_COLUMNS.has(column.name)) &&
  column.enumValues === undefined &&
  (column.dataType === 'string' || column.dataType === 'json')

/** The value of `search_text` for the searched columns among these values. A cleared column is null. */
export function searchText(table: ContentTable, values: Record<string, unknown>): string {
  const searched = Object.values(getTableColumns(table)).filter(
    ({ name }) => name in values && values[name] !== undefined,
  )
  return JSON.stringify(
    Object.fromEntries(searched.filter(isSearched).map(({ name }) => [name, indexText(values[name])])),
  )
}
