/** What can be done with content of any kind: list it, create it, read it. */
import { and, desc, eq, isNotNull, lte, sql, type Column } from 'drizzle-orm'
import { rowOf, type Database } from './db.ts'
import type { Position } from './page.ts'
import { Problem } from './problem.ts'
import { sessions, users, type ContentTable } from './schema.ts'
import { hasSession, isAlive, requireSession, type Viewer } from './session.ts'

type Row = ContentTable['$inferSelect']

/** What a writer sends: a title, the kind's own columns, and who may see it from when. */
type Draft = Pick<Row, 'title' | 'visibility' | 'published_at'> & Record<string, unknown>

/** The published items, newest first, with the columns named in `own` beside the shared ones. */
export async function list(
  db: Database,
  table: ContentTable,
  { own, limit, after }: { own: Record<string, Column>; limit: number; after: Position | null },
  now = Date.now(),
) {
  const { id, author_id, author_name, title, visibility, published_at, created_at, updated_at } = table
  const rows = await db
    .select({ ...own, id, author_id, author_name, title, visibility, published_at, created_at, updated_at })
    .from(table)
    .where(
      and(
        isNotNull(published_at),
        lte(published_at, new Date(now)),
        after ? sql`(${published_at}, ${id}) < (${after.at}, ${after.id})` : undefined,
      ),
    )
    .orderBy(desc(published_at), desc(id))
    .limit(limit + 1)
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return { page, next: last ? { at: Number(last.published_at), id: last.id } : null }
}

/** Writes an item as the viewer's. Throws `invalid-token` (401) where the session is over. */
export async function create(
  db: Database,
  table: ContentTable,
  viewer: Viewer,
  draft: Draft,
  now = Date.now(),
): Promise<Row> {
  const at = new Date(now)
  const row = { ...draft, author_id: users.id, author_name: users.username, created_at: at, updated_at: at, version: 1 }
  const [created] = await db
    .insert(table)
    .select(
      sql`select ${rowOf(table, row)} from ${users} inner join ${sessions} on ${sessions.user_id} = ${users.id} where ${isAlive(viewer, now)}`,
    )
    .returning()
  if (!created) throw new Problem('invalid-token')
  return created
}

/**
 * One item as the viewer may see it. Throws `not-found` (404) for what is not there and for another's draft,
 * `unauthenticated` (401) for a members' item without a token, `invalid-token` (401) where the session is over.
 */
export async function read(
  db: Database,
  table: ContentTable,
  id: number,
  viewer: Viewer | null,
  now = Date.now(),
): Promise<Row> {
  const lives = viewer ? hasSession(db, viewer, now) : sql`0`
  const [found] = await db
    .select({ item: table, lives: sql<number>`${lives}`.as('lives') })
    .from(table)
    .where(eq(table.id, id))
  if (viewer && !found) await requireSession(db, viewer, now)
  if (viewer && found && !found.lives) throw new Problem('invalid-token')

  const item = found?.item
  const isPublished = item?.published_at != null && item.published_at.getTime() <= now
  if (!item || (!isPublished && item.author_id !== viewer?.userId)) throw new Problem('not-found')
  if (item.visibility === 'members' && !viewer) throw new Problem('unauthenticated')
  return item
}

/** A row as the wire has it; what is left out of it stays in the store. */
export function toWire<R extends Omit<Row, 'version'> & { version?: number }>({
  author_id,
  author_name,
  version: _,
  ...rest
}: R) {
  return { ...rest, author: { id: author_id, username: author_name } }
}
