/** The queries of a list: published items, an author's items, the items of the current user, and the results of a search. */
import { and, desc, eq, exists, isNull, lte, sql, type Column, type SQL } from 'drizzle-orm'
import { hasActiveSession, type BindableUser } from '../accounts/session.ts'
import { users, type ContentTable } from '../store/schema.ts'
import type { Bindable, Builder } from '../store/statement.ts'
import { isAuthor } from './item.ts'
import { matches, searchIndex, type Expressions } from './search.ts'

export const STATUSES = ['published', 'draft', 'scheduled', 'all'] as const
export type Status = (typeof STATUSES)[number]

/** What a list is filtered by: values, or the placeholders of a compiled statement. */
export type Query = {
  table: ContentTable
  /** The columns of the content type that a list has. */
  own: Record<string, Column>
  status: Status
  /** A normalized username. */
  author: Bindable<string> | undefined
  /** The search expressions, for a list with `q`. */
  search: { [Name in keyof Expressions]: Bindable<string> } | undefined
  /** The first item of the page. */
  from: { at: Bindable<number>; id: Bindable<number> } | null
  currentUser: BindableUser | null
  now: Bindable<number>
}

/** Published and scheduled items are ordered by time; drafts, all of the user's items and search results by id. */
export const isOrderedByTime = ({ status, search }: Pick<Query, 'status' | 'search'>) =>
  search === undefined && (status === 'published' || status === 'scheduled')

export const selectItems = (db: Builder, query: Query) =>
  query.search === undefined
    ? selectList(db, query)
    : query.status !== 'published' && query.currentUser
      ? selectFoundOwn(db, query, query.search, query.currentUser)
      : selectFound(db, query, query.search)

/** The columns of a list. SQLite keeps the order of a cross join: the author is read for the items of the page only. */
function select(db: Builder, { table, own, status }: Query, place: SQL | Column = table.id) {
  const { author_id, title, visibility, version, published_at, created_at, updated_at } = table
  const { hidden_at, hidden_reason } = table
  // A hidden item is in no list of published items.
  const hidden: { hidden_at?: typeof hidden_at; hidden_reason?: typeof hidden_reason } =
    status === 'published' ? {} : { hidden_at, hidden_reason }
  // The alias is the name by which a union is ordered.
  const id = sql<number>`${place}`.as('id')
  const shared = { id, author_id, title, visibility, version, published_at, created_at, updated_at }
  return db
    .select({ ...own, ...shared, ...hidden, author_name: users.username })
    .from(table)
    .$dynamic()
}

function selectList(db: Builder, query: Query) {
  const { table, status, author, from, currentUser, now } = query
  const { id } = table
  const isByTime = isOrderedByTime(query)
  // Hidden items and items of suspended authors have no `listed_at`.
  const time = status === 'published' ? table.listed_at : table.published_at
  // A later page starts at an item that was listed: one bound, so that SQLite seeks to it in the index.
  const isFrom = isByTime && from ? sql`(${time}, ${id}) <= (${from.at}, ${from.id})` : undefined
  const isOlder = !isByTime && from ? sql`${id} <= ${from.id}` : undefined
  return select(db, query)
    .crossJoin(users)
    .where(
      and(
        isAuthor(table),
        status === 'published' ? isNull(users.suspended_at) : undefined,
        isFrom && status === 'published' ? undefined : hasStatus(query),
        author === undefined ? undefined : isBy(db, query, author),
        isFrom ?? isOlder,
        currentUser ? hasActiveSession(db, currentUser, now) : undefined,
      ),
    )
    .orderBy(...(isByTime ? [desc(time)] : []), desc(id))
}

/** Search results among the current user's own items. Drafts and scheduled items are never listed. */
function selectFoundOwn(db: Builder, query: Query, search: NonNullable<Query['search']>, currentUser: BindableUser) {
  const { table, status, author } = query
  const { index, rowid } = searchIndex(table)
  const expression = status === 'all' ? search.ofUser : search.unlisted
  const isOwn = matches(table, expression, 'author', sql`cast(${currentUser.userId} as integer)`)
  return select(db, query, rowid)
    .innerJoin(index, and(isOwn, eq(rowid, table.id)))
    .innerJoin(users, isAuthor(table))
    .where(
      and(isOnPage(db, query, rowid), hasStatus(query), author === undefined ? undefined : isBy(db, query, author)),
    )
    .orderBy(desc(rowid))
}

/** Search results among the items that are listed in the index, and among the few whose time has come since then. */
function selectFound(db: Builder, query: Query, search: NonNullable<Query['search']>) {
  const { table, author, now } = query
  const { index, rowid } = searchIndex(table)
  const authorId = author === undefined ? undefined : selectAuthorId(db, author)
  // `listed_at` follows a suspension in steps, and this condition at once.
  const isOnThisPage = and(isOnPage(db, query, rowid), isAuthor(table), isNull(users.suspended_at))
  const isDue = and(eq(table.pending, sql`1`), lte(table.listed_at, sql`${now}`), eq(rowid, table.id))
  return select(db, query, rowid)
    .innerJoin(index, eq(rowid, table.id))
    .innerJoin(users, isAuthor(table))
    .where(and(matches(table, search.listed, 'listed author', authorId), isOnThisPage))
    .unionAll(
      select(db, query, rowid)
        .crossJoin(index)
        .crossJoin(users)
        .where(and(isDue, matches(table, search.unlisted, 'author', authorId), isOnThisPage)),
    )
    .orderBy(sql`id desc`)
}

const isOnPage = (db: Builder, { from, currentUser, now }: Query, rowid: SQL) =>
  and(
    from ? sql`${rowid} <= cast(${from.id} as integer)` : undefined,
    currentUser ? hasActiveSession(db, currentUser, now) : undefined,
  )

function hasStatus({ table, status, currentUser, now }: Query) {
  const { author_id, published_at, listed_at } = table
  const isOwn = currentUser ? eq(author_id, currentUser.userId) : sql`0`
  switch (status) {
    case 'published':
      return sql`${listed_at} <= ${now}`
    case 'draft':
      return and(isOwn, isNull(published_at))
    case 'scheduled':
      return and(isOwn, sql`${published_at} > ${now}`)
    case 'all':
      return isOwn
  }
}

/** The id of the user with a normalized username. */
const selectAuthorId = (db: Builder, author: Bindable<string>): SQL =>
  sql`${db.select({ id: users.id }).from(users).where(eq(users.username_normalized, author))}`

/** For the user's own items the condition is about the user: it is evaluated once and not for each row. */
function isBy(db: Builder, { table, status, currentUser }: Query, author: Bindable<string>): SQL {
  if (status === 'published' || !currentUser) return sql`${table.author_id} = ${selectAuthorId(db, author)}`
  const isMe = and(eq(users.id, currentUser.userId), eq(users.username_normalized, author))
  return exists(db.select({ id: users.id }).from(users).where(isMe))
}
