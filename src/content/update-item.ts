/** Changes an item of any content type: updates, deletes, publishes and unpublishes it. */
import { and, eq, exists, inArray, or, sql } from 'drizzle-orm'
import { hasActiveSession, isActive } from '../accounts/session.ts'
import type { CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import type { Database } from '../store/database.ts'
import { retryIdempotent } from '../store/round-trip.ts'
import { sessions, users, type ContentTable } from '../store/schema.ts'
import { mayPublish } from './create-item.ts'
import { itemColumns, returnedColumns, type Draft, type Item } from './item.ts'
import { referencesExist, refuseMissingReferences, selectMissingReferences } from './references.ts'
import { searchText } from './search.ts'
import { isVisible, moderation } from './visibility.ts'

/** The item that a request changes, and the versions that `If-Match` allows. Undefined allows every version. */
export type Target = { id: number; versions: number[] | undefined }

const isTarget = (db: Database, table: ContentTable, { id, versions }: Target, currentUser: CurrentUser, now: number) =>
  and(
    eq(table.id, id),
    eq(table.author_id, currentUser.userId),
    versions ? inArray(table.version, versions) : undefined,
    hasActiveSession(db, currentUser, now),
  )

type Changes = Partial<Omit<Draft, 'published_at'>>

/** Changes the fields that are sent. Values that are equal to the stored ones make no new version. Throws as `throwMissReason`. */
export async function updateItem(
  db: Database,
  table: ContentTable,
  target: Target,
  currentUser: CurrentUser,
  changes: Changes,
  now = Date.now(),
): Promise<Item> {
  const columns = Object.entries(itemColumns(table)).filter(([name]) => changes[name] !== undefined)
  // Each value is bound once, as a column of `sent`: it is both compared and written.
  const bound = columns.map(([name, column]) => sql`${sql.param(changes[name], column)} as ${sql.identifier(name)}`)
  const sentText = sql`${searchText(table, changes)} as search_text`
  const sent = (name: string) => sql`sent.${sql.identifier(name)}`
  const isChanged = or(...columns.map(([name, column]) => sql`${column} is not ${sent(name)}`)) ?? sql`0`
  const [changed] = await db
    .update(table)
    .set({
      ...Object.fromEntries(columns.map(([name]) => [name, sent(name)])),
      search_text: sql`json_patch(${table.search_text}, ${sent('search_text')})`,
      updated_at: sql`case when ${isChanged} then ${now} else ${table.updated_at} end`,
      version: sql`${table.version} + (${isChanged})`,
    })
    .from(sql`(select ${sql.join([...bound, sentText], sql`, `)}) as sent`)
    .where(and(isTarget(db, table, target, currentUser, now), ...referencesExist(db, table, changes)))
    .returning(returnedColumns(table))
  return changed ?? throwMissReason(db, table, target, currentUser, now, { changes })
}

/** Throws as `throwMissReason`. */
export async function deleteItem(
  db: Database,
  table: ContentTable,
  target: Target,
  currentUser: CurrentUser,
  now = Date.now(),
): Promise<void> {
  const [deleted] = await db
    .delete(table)
    .where(isTarget(db, table, target, currentUser, now))
    .returning({ id: table.id })
  if (!deleted) await throwMissReason(db, table, target, currentUser, now)
}

/**
 * Publishes an item at a time; a time in the future schedules it. Without a time, an item that is not published is
 * published now, or at the time of its first publication. `null` makes a draft of it. A request that changes nothing
 * makes no new version. Throws as `throwMissReason`.
 */
export async function publishItem(
  db: Database,
  table: ContentTable,
  target: Target,
  currentUser: CurrentUser,
  at: Date | null | undefined,
  now = Date.now(),
): Promise<Item> {
  const { published_at: old, first_published_at: first } = table
  const published_at =
    at === undefined
      ? sql`case when ${old} <= ${now} then ${old} else coalesce(${first}, ${now}) end`
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
      .set({
        published_at,
        // Repeating the statement changes nothing. A time in the past is the first publication from then on.
        first_published_at:
          at && at.getTime() <= now
            ? null
            : sql`case when ${first} is null and ${old} <= ${now} and ${old} is not ${published_at} then ${old} else ${first} end`,
        pending: sql`coalesce(${published_at} > ${now}, 0)`,
        version: sql`${table.version} + (${old} is not ${published_at})`,
      })
      .where(and(isTarget(db, table, target, currentUser, now), isByVerified))
      .returning(returnedColumns(table))
  // With `If-Match`, a second attempt would find the version that the first one made.
  const [changed] = await (target.versions ? write() : retryIdempotent(write))
  return changed ?? throwMissReason(db, table, target, currentUser, now, { isVerifiedOnly: verified !== undefined })
}

/**
 * For a change that had no effect. Throws `invalid-token` (401), `not-found` (404) for an item that the current user
 * cannot see, `forbidden` (403) for another author's, `invalid-input` (422) for a missing reference,
 * `email-not-verified` (403), or `version-conflict` (412).
 */
async function throwMissReason(
  db: Database,
  table: ContentTable,
  target: Target,
  currentUser: CurrentUser,
  now: number,
  { changes = {}, isVerifiedOnly = false }: { changes?: Changes; isVerifiedOnly?: boolean } = {},
): Promise<never> {
  const { author_id, published_at, hidden_at, version } = table
  const [[session], [item], missing] = await db.batch([
    db
      .select({ verified_at: users.email_verified_at })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.user_id))
      .where(isActive(currentUser, now)),
    db
      .select({ author_id, published_at, hidden_at, version, ...moderation(db, table, currentUser, now) })
      .from(table)
      .where(eq(table.id, target.id)),
    selectMissingReferences(db, table, changes),
  ])
  if (!session) throw new Problem('invalid-token')
  if (!item || !isVisible(item, currentUser, now)) throw new Problem('not-found')
  if (item.author_id !== currentUser.userId) throw new Problem('forbidden')
  if (!target.versions || target.versions.includes(item.version)) refuseMissingReferences(missing)
  throw new Problem(isVerifiedOnly && !session.verified_at ? 'email-not-verified' : 'version-conflict')
}
