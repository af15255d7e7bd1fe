/** How content of any kind is listed: what is published, or one's own; an author's; what a search finds; page by page. */
import { and, desc, eq, exists, gt, isNull, lte, sql, type Column, type SQL } from 'drizzle-orm'
import { hasActiveSession, requireActiveSession } from '../accounts/session.ts'
import { type CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import type { Database } from '../store/database.ts'
import { users, type ContentTable } from '../store/schema.ts'
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
  const { id, author_id, author_name, title, visibility, published_at, created_at, updated_at } = table
  if (filter.status !== 'published' && !currentUser) throw new Problem('unauthenticated')
  const isByTime = filter.q === undefined && (filter.status === 'published' || filter.status === 'scheduled')
  const found = filter.q === undefined ? null : search(table, filter.q, authorOf(db, filter, currentUser))
  const place = found?.rowid ?? id
  // What everybody may know of is ordered by a column that hidden items and items of suspended authors do not have.
  const time = filter.status === 'published' ? table.listed_at : published_at
  const { hidden_at, hidden_reason } = table
  const query = db
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
  if (found) query.innerJoin(found.index, eq(found.rowid, id))
  // A page that is not the first begins at a place that was published: one bound, so that the index goes straight to it.
  const isFrom = isByTime && from ? sql`(${time}, ${id}) <= (${from.at}, ${from.id})` : undefined
  const isOlder = !isByTime && from ? sql`${place} <= cast(${from.id} as integer)` : undefined
  const rows = await query
    .where(
      and(
        found?.matches,
        isFrom && filter.status === 'published' ? undefined : hasStatus(table, filter.status, currentUser, now),
        filter.author === undefined ? undefined : isBy(db, table, filter, currentUser),
        isFrom ?? isOlder,
        currentUser ? hasActiveSession(db, currentUser, now) : undefined,
      ),
    )
    .orderBy(...(isByTime ? [desc(time)] : []), desc(place))
    .limit(limit + 1)
  if (currentUser && rows.length === 0) await requireActiveSession(db, currentUser, now)
  const [next] = rows.slice(limit)
  return {
    page: rows.slice(0, limit),
    next: next ? { at: isByTime ? Number(next.published_at) : 0, id: next.id } : null,
  }
}

function hasStatus(
  { author_id, published_at, listed_at }: ContentTable,
  status: Filter['status'],
  currentUser: CurrentUser | null,
  now: number,
) {
  const isOwn = currentUser ? eq(author_id, currentUser.userId) : sql`0`
  switch (status) {
    case 'published':
      return lte(listed_at, new Date(now))
    case 'draft':
      return and(isOwn, isNull(published_at))
    case 'scheduled':
      return and(isOwn, gt(published_at, new Date(now)))
    case 'all':
      return isOwn
  }
}

/** Whose items alone a search can find, where that is said: the id as SQL. */
function authorOf(db: Database, { author, status }: Filter, currentUser: CurrentUser | null): SQL | undefined {
  if (status !== 'published' && currentUser) return sql`cast(${currentUser.userId} as integer)`
  const writer = db.select({ id: users.id }).from(users)
  return author === undefined ? undefined : sql`${writer.where(eq(users.username_normalized, normalizeName(author)))}`
}

/** One's own items are another author's or they are not: that is asked once, not of every row. */
function isBy(
  db: Database,
  { author_normalized }: ContentTable,
  { author, status }: Filter,
  currentUser: CurrentUser | null,
): SQL {
  const key = normalizeName(author ?? '')
  if (status === 'published' || !currentUser) return eq(author_normalized, key)
  const isMine = and(eq(users.id, currentUser.userId), eq(users.username_normalized, key))
  return exists(db.select({ id: users.id }).from(users).where(isMine))
}
