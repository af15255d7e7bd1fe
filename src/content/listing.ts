/** How content of any kind is listed: what is published, or one's own; an author's; what a search finds; page by page. */
import { and, desc, eq, exists, isNull, sql, type Column, type SQL } from 'drizzle-orm'
import { hasActiveSession, requireActiveSession, type BindableUser } from '../accounts/session.ts'
import { type CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import { oncePer } from '../lazy.ts'
import type { Database } from '../store/database.ts'
import { users, type ContentTable } from '../store/schema.ts'
import { statement, type Bindable, type Builder, type Placeholders } from '../store/statement.ts'
import { normalizeName } from '../text.ts'
import type { Position } from './cursor.ts'
import { search } from './search.ts'

export const STATUSES = ['published', 'draft', 'scheduled', 'all'] as const
export type Filter = {
  /** `published` shows everybody's; the others show the currentUser's own. */
  status: (typeof STATUSES)[number]
  author: string | undefined
  q: string | undefined
}

/**
 * One page, newest first, with the columns named in `own` beside the shared ones. What is published is ordered by when;
 * drafts, all of one's own, and what a search finds are ordered by id. Throws `unauthenticated` or `invalid-token` (401).
 */
export async function listItems(
  db: Database,
  table: ContentTable,
  filter: Filter,
  { own, limit, from }: { own: Record<string, Column>; limit: number; from: Position | null },
  currentUser: CurrentUser | null,
  now = Date.now(),
) {
  const { status, q } = filter
  if (status !== 'published' && !currentUser) throw new Problem('unauthenticated')
  const isByTime = q === undefined && isOrderedByTime(status)
  const author = filter.author === undefined ? undefined : normalizeName(filter.author)
  const query = { table, own, status, author, q, from, currentUser, now }
  const rows = await (q === undefined
    ? db.send(
        compiledList(query)({
          ...NOBODY,
          ...currentUser,
          ...START,
          ...from,
          author: author ?? '',
          now,
          limit: limit + 1,
        }),
      )
    : selectItems(db, query).limit(limit + 1))
  if (currentUser && rows.length === 0) await requireActiveSession(db, currentUser, now)
  const [next] = rows.slice(limit)
  return {
    page: rows.slice(0, limit),
    next: next ? { at: isByTime ? Number(next.published_at) : 0, id: next.id } : null,
  }
}

const isOrderedByTime = (status: Filter['status']) => status === 'published' || status === 'scheduled'

/** What a list is asked for: values, or the placeholders of a compiled statement. */
type Query = {
  table: ContentTable
  own: Record<string, Column>
  status: Filter['status']
  author: Bindable<string> | undefined
  q: string | undefined
  from: { at: Bindable<number>; id: Bindable<number> } | null
  currentUser: BindableUser | null
  now: Bindable<number>
}
type Selector = Pick<Builder, 'select'>

type Values = { at: number; id: number; userId: number; sessionId: string; author: string; now: number; limit: number }
/** Values that a statement without their placeholders does not read. */
const NOBODY = { userId: 0, sessionId: '' }
const START = { at: 0, id: 0 }

/** Lists differ in what they are asked for, in a few ways only: each is compiled once. */
const compiledLists = oncePer((_: ContentTable) => new Map<string, ReturnType<typeof compileList>>())

function compiledList(query: Query) {
  const { table, status, author, from, currentUser } = query
  const key = [status, author === undefined, from === null, currentUser === null].join()
  const lists = compiledLists(table)
  const found = lists.get(key) ?? compileList(query)
  lists.set(key, found)
  return found
}

const compileList = ({ author: isAuthor, from, currentUser, ...query }: Query) =>
  statement((db, { at, id, userId, sessionId, author, now, limit }: Placeholders<Values>) =>
    selectItems(db, {
      ...query,
      now,
      author: isAuthor === undefined ? undefined : author,
      from: from && { at, id },
      currentUser: currentUser && { userId, sessionId },
    }).limit(limit),
  )

function selectItems(db: Selector, query: Query) {
  const { table, own, status, author, q, from, currentUser, now } = query
  const { id, author_id, author_name, title, visibility, published_at, created_at, updated_at } = table
  const isByTime = q === undefined && isOrderedByTime(status)
  const found = q === undefined ? null : search(table, q, authorOf(db, query))
  const place = found?.rowid ?? id
  // What everybody may know of is ordered by a column that hidden items and items of suspended authors do not have.
  const time = status === 'published' ? table.listed_at : published_at
  const { hidden_at, hidden_reason } = table
  const items = db
    .select({
      ...own,
      hidden_at,
      hidden_reason,
      id,
      author_id,
      author_name,
      title,
      visibility,
      published_at,
      created_at,
      updated_at,
    })
    .from(table)
    .$dynamic()
  if (found) items.innerJoin(found.index, eq(found.rowid, id))
  // A page that is not the first begins at a place that was published: one bound, so that the index goes straight to it.
  const isFrom = isByTime && from ? sql`(${time}, ${id}) <= (${from.at}, ${from.id})` : undefined
  const isOlder = !isByTime && from ? sql`${place} <= cast(${from.id} as integer)` : undefined
  return items
    .where(
      and(
        found?.matches,
        isFrom && status === 'published' ? undefined : hasStatus(query),
        author === undefined ? undefined : isBy(db, query, author),
        isFrom ?? isOlder,
        currentUser ? hasActiveSession(db, currentUser, now) : undefined,
      ),
    )
    .orderBy(...(isByTime ? [desc(time)] : []), desc(place))
}

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

/** Whose items alone a search can find, where that is said: the id as SQL. */
function authorOf(db: Selector, { author, status, currentUser }: Query): SQL | undefined {
  if (status !== 'published' && currentUser) return sql`cast(${currentUser.userId} as integer)`
  const writer = db.select({ id: users.id }).from(users)
  return author === undefined ? undefined : sql`${writer.where(eq(users.username_normalized, author))}`
}

/** One's own items are another author's or they are not: that is asked once, not of every row. */
function isBy(db: Selector, { table, status, currentUser }: Query, author: Bindable<string>): SQL {
  if (status === 'published' || !currentUser) return eq(table.author_normalized, author)
  const isMine = and(eq(users.id, currentUser.userId), eq(users.username_normalized, author))
  return exists(db.select({ id: users.id }).from(users).where(isMine))
}
