/** What can be done with an item of any kind: create it, read it, change it, remove it, publish it. */
import { and, eq, inArray, sql, type SQL } from 'drizzle-orm'
import { rowOf, type Database } from './db.ts'
import { Problem } from './problem.ts'
import { sessions, users, type ContentTable } from './schema.ts'
import { hasSession, isAlive, requireSession, type Viewer } from './session.ts'
import { again } from './trip.ts'

export type Item = ContentTable['$inferSelect']

/** What a writer sends: a title, the kind's own columns, and who may see it from when. */
export type Draft = Pick<Item, 'title' | 'visibility' | 'published_at'> & Record<string, unknown>

/** The insertion of an item as the viewer's, for as long as the session lives and `condition` holds. */
export const insertion = (
  db: Database,
  table: ContentTable,
  viewer: Viewer,
  draft: Draft,
  now: number,
  condition?: SQL,
) => {
  const at = new Date(now)
  const author = { author_id: users.id, author_name: users.username, author_key: users.username_key }
  const row = rowOf(table, { ...draft, ...author, created_at: at, updated_at: at, version: 1 })
  const writer = sql`${users} inner join ${sessions} on ${sessions.user_id} = ${users.id}`
  return db
    .insert(table)
    .select(sql`select ${row} from ${writer} where ${and(isAlive(viewer, now), condition)}`)
    .returning()
}

/** Writes an item as the viewer's. Throws `invalid-token` (401) where the session is over. */
export async function create(
  db: Database,
  table: ContentTable,
  viewer: Viewer,
  draft: Draft,
  now = Date.now(),
): Promise<Item> {
  const [created] = await insertion(db, table, viewer, draft, now)
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
): Promise<Item> {
  const lives = viewer ? hasSession(db, viewer, now) : sql`0`
  const [found] = await db
    .select({ item: table, lives: sql<number>`${lives}`.as('lives') })
    .from(table)
    .where(eq(table.id, id))
  if (viewer && !found) await requireSession(db, viewer, now)
  if (viewer && found && !found.lives) throw new Problem('invalid-token')
  if (!found || !isVisible(found.item, viewer, now)) throw new Problem('not-found')
  if (found.item.visibility === 'members' && !viewer) throw new Problem('unauthenticated')
  return found.item
}

/** Whether somebody may know that an item is there. */
const isVisible = (
  { author_id, published_at }: Pick<Item, 'author_id' | 'published_at'>,
  viewer: Viewer | null,
  now: number,
) => author_id === viewer?.userId || (published_at !== null && published_at.getTime() <= now)

/** Which of an author's items a change is meant for, and the versions that `If-Match` allows (none: any). */
export type Target = { id: number; versions: number[] | undefined }

const isTarget = (db: Database, table: ContentTable, { id, versions }: Target, viewer: Viewer, now: number) =>
  and(
    eq(table.id, id),
    eq(table.author_id, viewer.userId),
    versions ? inArray(table.version, versions) : undefined,
    hasSession(db, viewer, now),
  )

/** Changes what is sent and nothing else. Throws as `explainMiss`. */
export async function update(
  db: Database,
  table: ContentTable,
  target: Target,
  viewer: Viewer,
  changes: Partial<Omit<Draft, 'published_at'>>,
  now = Date.now(),
): Promise<Item> {
  const [changed] = await db
    .update(table)
    .set({ ...changes, updated_at: new Date(now), version: sql`${table.version} + 1` })
    .where(isTarget(db, table, target, viewer, now))
    .returning()
  return changed ?? explainMiss(db, table, target, viewer, now)
}

/** Throws as `explainMiss`. */
export async function remove(
  db: Database,
  table: ContentTable,
  target: Target,
  viewer: Viewer,
  now = Date.now(),
): Promise<void> {
  const [removed] = await db
    .delete(table)
    .where(isTarget(db, table, target, viewer, now))
    .returning({ id: table.id })
  if (!removed) await explainMiss(db, table, target, viewer, now)
}

/**
 * Publishes at a time (in the future: schedules), or now where it is not published yet; `null` makes a draft of it.
 * What is so already stays as it is, its version too. Throws as `explainMiss`.
 */
export async function publish(
  db: Database,
  table: ContentTable,
  target: Target,
  viewer: Viewer,
  at: Date | null | undefined,
  now = Date.now(),
): Promise<Item> {
  const published_at =
    at === undefined
      ? sql`case when ${table.published_at} <= ${now} then ${table.published_at} else ${now} end`
      : sql`${at === null ? null : at.getTime()}`
  const write = async () =>
    db
      .update(table)
      .set({ published_at, version: sql`${table.version} + (${table.published_at} is not ${published_at})` })
      .where(isTarget(db, table, target, viewer, now))
      .returning()
  // Twice is as once, unless the first time made another version of it than the one that was asked for.
  const [changed] = await (target.versions ? write() : again(write))
  return changed ?? explainMiss(db, table, target, viewer, now)
}

/**
 * For a change that found nothing to change: throws `invalid-token` (401), `not-found` (404) for what the viewer may
 * not know of, `forbidden` (403) for another's, or `version-conflict` (412).
 */
async function explainMiss(
  db: Database,
  table: ContentTable,
  target: Target,
  viewer: Viewer,
  now: number,
): Promise<never> {
  const { author_id, published_at } = table
  const [[session], [item]] = await db.batch([
    db.select({ id: sessions.id }).from(sessions).where(isAlive(viewer, now)),
    db.select({ author_id, published_at }).from(table).where(eq(table.id, target.id)),
  ])
  if (!session) throw new Problem('invalid-token')
  if (!item || !isVisible(item, viewer, now)) throw new Problem('not-found')
  throw new Problem(item.author_id === viewer.userId ? 'version-conflict' : 'forbidden')
}

type Shown = Omit<Item, 'author_key' | 'version'> & Partial<Pick<Item, 'author_key' | 'version'>>

/** A row as the wire has it; what is left out of it stays in the store. */
export function toWire<R extends Shown>({ author_id, author_name, author_key: _, version: _version, ...rest }: R) {
  return { ...rest, author: { id: author_id, username: author_name } }
}
