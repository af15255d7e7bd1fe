/** What can be done with an item of any kind: create it, read it, change it, remove it, publish it. */
import { and, eq, exists, getTableColumns, inArray, isNotNull, sql, type SQL } from 'drizzle-orm'
import { isOperator } from '../accounts/roles.ts'
import { hasActiveSession, isActive, requireActiveSession, type BindableUser } from '../accounts/session.ts'
import { type CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import { oncePer } from '../lazy.ts'
import { columnValues, type Database } from '../store/database.ts'
import { retryIdempotent } from '../store/round-trip.ts'
import { sessions, users, type ContentTable } from '../store/schema.ts'
import { statement, type Bindable, type Builder, type Placeholders } from '../store/statement.ts'
import { isWithinNewAccountLimit, throwNotCreated } from './creation-limit.ts'

export type Item = ContentTable['$inferSelect']

/** What a writer sends: a title, the kind's own columns, and who may see it from when. */
export type Draft = Pick<Item, 'title' | 'visibility' | 'published_at'> & Record<string, unknown>

/** The condition on an author whose item becomes visible to others now or later: undefined if every author may publish. */
export const mayPublish = ({ mustBeVerified }: CurrentUser, published_at: Date | null | undefined): SQL | undefined =>
  mustBeVerified && published_at !== null ? isNotNull(users.email_verified_at) : undefined

/** The condition on the author of a new item. */
export const mayCreate = (currentUser: CurrentUser, { published_at }: Pick<Draft, 'published_at'>, now: number) =>
  and(mayPublish(currentUser, published_at), isWithinNewAccountLimit(currentUser, now))

/** The row of a new item, without its id and its author: a value for each column. */
function rowOf(table: ContentTable, draft: Draft, now: number): Record<string, unknown> {
  const at = new Date(now)
  const given: Record<string, unknown> = { ...draft, created_at: at, updated_at: at, version: 1 }
  return Object.fromEntries(
    writtenColumns(table).map(([name, column]) => [name, given[name] ?? column.default ?? null]),
  )
}

const OF_AUTHOR = { author_id: users.id, author_name: users.username, author_normalized: users.username_normalized }

const writtenColumns = oncePer((table: ContentTable) =>
  Object.entries(getTableColumns(table)).filter(
    ([name, { generated }]) => generated === undefined && name !== 'id' && !(name in OF_AUTHOR),
  ),
)

/** The insertion of a row as the current user's, for as long as the session is active and `condition` holds. */
function insertRow(
  db: Builder,
  table: ContentTable,
  currentUser: BindableUser,
  row: Record<string, unknown>,
  now: Bindable<number>,
  condition?: SQL,
) {
  const values = columnValues(table, { ...row, ...OF_AUTHOR })
  const writer = sql`${users} inner join ${sessions} on ${sessions.user_id} = ${users.id}`
  return db
    .insert(table)
    .select(sql`select ${values} from ${writer} where ${and(isActive(currentUser, now), condition)}`)
    .returning()
}

/** The insertion of an item as the current user's, for as long as the session is active and `condition` holds. */
export const insertItem = (
  db: Database,
  table: ContentTable,
  currentUser: CurrentUser,
  draft: Draft,
  now: number,
  condition?: SQL,
) =>
  insertRow(db, table, currentUser, rowOf(table, draft, now), now, and(mayCreate(currentUser, draft, now), condition))

type Reader = { userId: number; sessionId: string; now: number }

/** The statements that most requests need. */
const statementsOf = oncePer((table: ContentTable) => ({
  read: statement((db, { id, now }: Placeholders<{ id: number; now: number }>) => selectItem(db, table, id, null, now)),
  readAs: statement((db, { id, userId, sessionId, now }: Placeholders<Reader & { id: number }>) =>
    selectItem(db, table, id, { userId, sessionId }, now),
  ),
  create: statement((db, { userId, sessionId, now }: Placeholders<Reader>) => {
    const row = Object.fromEntries(writtenColumns(table).map(([name]) => [name, sql.placeholder(name)]))
    return insertRow(db, table, { userId, sessionId }, row, now)
  }),
}))

/** Writes an item as the currentUser's. Throws as `throwNotCreated`. */
export async function createItem(
  db: Database,
  table: ContentTable,
  currentUser: CurrentUser,
  draft: Draft,
  now = Date.now(),
): Promise<Item> {
  const { userId, sessionId } = currentUser
  // With a condition on the author it is another statement.
  const [created] = mayCreate(currentUser, draft, now)
    ? await insertItem(db, table, currentUser, draft, now)
    : await db.send(statementsOf(table).create({ ...rowOf(table, draft, now), userId, sessionId, now }))
  return created ?? throwNotCreated(db, currentUser, draft, now)
}

/**
 * One item as the currentUser may see it. Throws `not-found` (404) for what is not there and for another's draft,
 * `unauthenticated` (401) for a members' item without a token, `invalid-token` (401) where the session is over.
 */
export async function readItem(
  db: Database,
  table: ContentTable,
  id: number,
  currentUser: CurrentUser | null,
  now = Date.now(),
): Promise<Item> {
  const { read, readAs } = statementsOf(table)
  const { userId, sessionId } = currentUser ?? {}
  const [found] = await (userId === undefined || sessionId === undefined
    ? db.send(read({ id, now }))
    : db.send(readAs({ id, userId, sessionId, now })))
  if (currentUser && !found) await requireActiveSession(db, currentUser, now)
  if (currentUser && found && !found.lives) throw new Problem('invalid-token')
  if (!found || !isVisible(found.item, found, currentUser, now)) throw new Problem('not-found')
  if (found.item.visibility === 'members' && !currentUser) throw new Problem('unauthenticated')
  return found.item
}

/** The item, whether the session is active, and what `isVisible` has to know. */
const selectItem = (
  db: Builder,
  table: ContentTable,
  id: Bindable<number>,
  currentUser: BindableUser | null,
  now: Bindable<number>,
) =>
  db
    .select({
      item: table,
      lives: sql<number>`${currentUser ? hasActiveSession(db, currentUser, now) : sql`0`}`.as('lives'),
      ...moderation(db, table, currentUser, now),
    })
    .from(table)
    .where(eq(table.id, id))

/** What `isVisible` has to know beside the row. `users.suspended_at` counts at once; `author_suspended` follows it in steps. */
function moderation(db: Builder, table: ContentTable, currentUser: BindableUser | null, now: Bindable<number>) {
  const isSuspended = exists(
    db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, table.author_id), isNotNull(users.suspended_at))),
  )
  const isWithheld = sql`(${isNotNull(table.hidden_at)} or ${isSuspended})`
  const seesWithheld = currentUser
    ? sql`case when ${isWithheld} then ${isOperator(db, currentUser, now)} else 0 end`
    : sql`0`
  return {
    is_withheld: sql<number>`${isWithheld}`.as('is_withheld'),
    sees_withheld: sql<number>`${seesWithheld}`.as('sees_withheld'),
  }
}

/** Whether somebody may know that an item is there: its author always, others once it is published and not withheld. */
function isVisible(
  { author_id, published_at, hidden_at }: Pick<Item, 'author_id' | 'published_at' | 'hidden_at'>,
  { is_withheld, sees_withheld }: { is_withheld: number; sees_withheld: number },
  currentUser: CurrentUser | null,
  now: number,
): boolean {
  if (author_id === currentUser?.userId) return true
  if (is_withheld && !sees_withheld) return false
  // An operator can look at a hidden item whatever its author has done with it since.
  return hidden_at !== null || (published_at !== null && published_at.getTime() <= now)
}

/** Which of an author's items a change is meant for, and the versions that `If-Match` allows (none: any). */
export type Target = { id: number; versions: number[] | undefined }

const isTarget = (db: Database, table: ContentTable, { id, versions }: Target, currentUser: CurrentUser, now: number) =>
  and(
    eq(table.id, id),
    eq(table.author_id, currentUser.userId),
    versions ? inArray(table.version, versions) : undefined,
    hasActiveSession(db, currentUser, now),
  )

/** Changes what is sent and nothing else. Throws as `explainMiss`. */
export async function updateItem(
  db: Database,
  table: ContentTable,
  target: Target,
  currentUser: CurrentUser,
  changes: Partial<Omit<Draft, 'published_at'>>,
  now = Date.now(),
): Promise<Item> {
  const [changed] = await db
    .update(table)
    .set({ ...changes, updated_at: new Date(now), version: sql`${table.version} + 1` })
    .where(isTarget(db, table, target, currentUser, now))
    .returning()
  return changed ?? throwMissReason(db, table, target, currentUser, now)
}

/** Throws as `explainMiss`. */
export async function deleteItem(
  db: Database,
  table: ContentTable,
  target: Target,
  currentUser: CurrentUser,
  now = Date.now(),
): Promise<void> {
  const [removed] = await db
    .delete(table)
    .where(isTarget(db, table, target, currentUser, now))
    .returning({ id: table.id })
  if (!removed) await throwMissReason(db, table, target, currentUser, now)
}

/**
 * Publishes at a time (in the future: schedules), or now where it is not published yet; `null` makes a draft of it.
 * What is so already stays as it is, its version too. Throws as `explainMiss`.
 */
export async function publishItem(
  db: Database,
  table: ContentTable,
  target: Target,
  currentUser: CurrentUser,
  at: Date | null | undefined,
  now = Date.now(),
): Promise<Item> {
  const published_at =
    at === undefined
      ? sql`case when ${table.published_at} <= ${now} then ${table.published_at} else ${now} end`
      : sql`${at === null ? null : at.getTime()}`
  const verified = mayPublish(currentUser, at)
  const isByVerified =
    verified &&
    exists(
      db
        .select({ id: users.id })
        .from(users)
        .where(and(eq(users.id, table.author_id), verified)),
    )
  const write = async () =>
    db
      .update(table)
      .set({ published_at, version: sql`${table.version} + (${table.published_at} is not ${published_at})` })
      .where(and(isTarget(db, table, target, currentUser, now), isByVerified))
      .returning()
  // Twice is as once, unless the first time made another version of it than the one that was asked for.
  const [changed] = await (target.versions ? write() : retryIdempotent(write))
  return changed ?? throwMissReason(db, table, target, currentUser, now, verified !== undefined)
}

/**
 * For a change that found nothing to change: throws `invalid-token` (401), `not-found` (404) for what the currentUser may
 * not know of, `forbidden` (403) for another's, `email-not-verified` (403), or `version-conflict` (412).
 */
async function throwMissReason(
  db: Database,
  table: ContentTable,
  target: Target,
  currentUser: CurrentUser,
  now: number,
  mustBeVerified = false,
): Promise<never> {
  const { author_id, published_at, hidden_at } = table
  const [[session], [item]] = await db.batch([
    db
      .select({ verified_at: users.email_verified_at })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.user_id))
      .where(isActive(currentUser, now)),
    db
      .select({ author_id, published_at, hidden_at, ...moderation(db, table, currentUser, now) })
      .from(table)
      .where(eq(table.id, target.id)),
  ])
  if (!session) throw new Problem('invalid-token')
  if (!item || !isVisible(item, item, currentUser, now)) throw new Problem('not-found')
  if (item.author_id !== currentUser.userId) throw new Problem('forbidden')
  throw new Problem(mustBeVerified && !session.verified_at ? 'email-not-verified' : 'version-conflict')
}

type Internal = 'author_normalized' | 'version' | 'hidden_at' | 'hidden_reason' | 'author_suspended' | 'listed_at'
type Shown = Omit<Item, Internal> & Partial<Pick<Item, Internal>>

/** A row as the wire has it; what is left out of it stays in the store. `hidden` is there only if the item is hidden. */
export function serialize<R extends Shown>({
  author_id,
  author_name,
  author_normalized: _,
  version: _version,
  hidden_at,
  hidden_reason,
  author_suspended: _author_suspended,
  listed_at: _listed_at,
  ...rest
}: R) {
  const hidden: { hidden?: { at: Date; reason: string } } = hidden_at
    ? { hidden: { at: hidden_at, reason: hidden_reason ?? '' } }
    : {}
  return { ...rest, author: { id: author_id, username: author_name }, ...hidden }
}
