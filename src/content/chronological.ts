/** Lists of items by id, oldest first, as the old APIs in `src/compat/` have them. */
import { and, asc, desc, eq, isNull, lte, type Column, type SQL } from 'drizzle-orm'
import { hasActiveSession, requireActiveSession } from '../accounts/session.ts'
import type { CurrentUser } from '../http/context.ts'
import type { Database } from '../store/database.ts'
import { users, type ContentTable } from '../store/schema.ts'
import type { Item } from './item.ts'

type Page = { own: Record<string, Column | SQL.Aliased>; limit: number; offset?: number; newest?: boolean }

type Shared = Pick<
  Item,
  'id' | 'author_id' | 'author_name' | 'title' | 'published_at' | 'created_at' | 'updated_at'
> & {
  author_created_at: Date
}

/**
 * All items of the owner, or without an owner all published items. The limit counts from the oldest item, or from the newest with
 * `newest`. Throws `invalid-token` (401) if the owner's session is over.
 */
export async function listOldestFirst(
  db: Database,
  table: ContentTable,
  { own, limit, offset = 0, newest = false }: Page,
  owner: CurrentUser | null,
  now = Date.now(),
): Promise<(Shared & Record<string, unknown>)[]> {
  const { id, author_id, title, published_at, created_at, updated_at } = table
  const shared = { id, author_id, author_name: users.username, title, published_at, created_at, updated_at }
  const rows = await db
    .select({ ...shared, author_created_at: users.created_at, ...own })
    .from(table)
    .innerJoin(users, eq(users.id, author_id))
    .where(
      owner
        ? and(eq(author_id, owner.userId), hasActiveSession(db, owner, now))
        : and(lte(table.listed_at, new Date(now)), isNull(users.suspended_at)),
    )
    .orderBy(newest ? desc(id) : asc(id))
    .limit(limit)
    .offset(offset)
  if (owner && rows.length === 0) await requireActiveSession(db, owner, now)
  return newest ? rows.toReversed() : rows
}
