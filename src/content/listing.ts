/** Lists the items of a content type, page by page. */
import type { Column } from 'drizzle-orm'
import { requireActiveSession } from '../accounts/session.ts'
import type { CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import { oncePer } from '../lazy.ts'
import type { Database } from '../store/database.ts'
import type { ContentTable } from '../store/schema.ts'
import { statement, type Placeholders } from '../store/statement.ts'
import { normalizeName } from '../text.ts'
import type { Position } from './cursor.ts'
import { isOrderedByTime, selectItems, type Query, type Status } from './list-query.ts'
import { toExpressions, type Expressions } from './search.ts'

export type Filter = {
  /** `published` lists the items of all authors. The other values list the current user's own items. */
  status: Status
  author: string | undefined
  q: string | undefined
}

/**
 * One page, newest first, with the columns in `own` beside the shared ones. Published and scheduled items are ordered by
 * time, all other lists by id. Throws `unauthenticated` or `invalid-token` (401).
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
  const author = filter.author === undefined ? undefined : normalizeName(filter.author)
  const search = q === undefined ? undefined : toExpressions(q, currentUser ? 'members' : 'everyone')
  const query = { table, own, status, author, search, from, currentUser, now }
  const rows = await db.send(
    compiledList(query)({
      ...UNUSED,
      ...currentUser,
      ...from,
      ...search,
      ...(author && { author }),
      now,
      limit: limit + 1,
    }),
  )
  if (currentUser && rows.length === 0) await requireActiveSession(db, currentUser, now)
  const [next] = rows.slice(limit)
  return {
    items: rows.slice(0, limit),
    next: next ? { at: isOrderedByTime(query) ? Number(next.published_at) : 0, id: next.id } : null,
  }
}

type Values = Position & Expressions & { userId: number; sessionId: string; author: string; now: number; limit: number }

/** The values that a statement without their placeholders does not read. */
const UNUSED = { at: 0, id: 0, userId: 0, sessionId: '', author: '', listed: '', unlisted: '', ofUser: '' }

/** Lists differ in a few filters only. Each combination is compiled once. */
const compiledLists = oncePer((_: ContentTable) => new Map<string, ReturnType<typeof compileList>>())

function compiledList(query: Query) {
  const { table, status, author, search, from, currentUser } = query
  const key = [status, author === undefined, search === undefined, from === null, currentUser === null].join()
  const lists = compiledLists(table)
  const found = lists.get(key) ?? compileList(query)
  lists.set(key, found)
  return found
}

const compileList = ({ author: isAuthor, search: isSearch, from, currentUser, ...query }: Query) =>
  statement((db, values: Placeholders<Values>) => {
    const { at, id, userId, sessionId, author, listed, unlisted, ofUser, now, limit } = values
    return selectItems(db, {
      ...query,
      now,
      author: isAuthor === undefined ? undefined : author,
      search: isSearch && { listed, unlisted, ofUser },
      from: from && { at, id },
      currentUser: currentUser && { userId, sessionId },
    }).limit(limit)
  })
