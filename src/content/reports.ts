/** Reports of items to the operators. A user can report an item once. */
import { and, eq, getTableName, lte, sql } from 'drizzle-orm'
import { isActive } from '../accounts/session.ts'
import type { CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import { insertValues, type Database } from '../store/database.ts'
import { reports, sessions, users, type ContentTable } from '../store/schema.ts'

export type Report = { reason: (typeof reports.$inferSelect)['reason']; detail?: string | null | undefined }

/**
 * Reports a published item. No-op if the current user reported it before. Throws `invalid-token` (401), or `not-found`
 * (404) for an item that the current user cannot see.
 */
export async function reportItem(
  db: Database,
  table: ContentTable,
  id: number,
  currentUser: CurrentUser,
  { reason, detail }: Report,
  now = Date.now(),
): Promise<void> {
  const type = getTableName(table)
  const row = insertValues(reports, {
    type,
    item_id: table.id,
    author_id: table.author_id,
    reporter_id: sessions.user_id,
    reason,
    detail: detail ?? null,
    created_at: new Date(now),
    status: 'open',
    version: 1,
  })
  // `listed_at` follows a suspension in steps, and the author's own row at once.
  const author = sql`${users} on ${users.id} = ${table.author_id} and ${users.suspended_at} is null`
  const isVisible = and(eq(table.id, id), lte(table.listed_at, new Date(now)))
  const [reported] = await db
    .insert(reports)
    .select(
      sql`select ${row} from ${table} inner join ${author} inner join ${sessions} on ${isActive(currentUser, now)} where ${isVisible}`,
    )
    .onConflictDoNothing()
    .returning({ id: reports.id })
  if (!reported) await throwUnlessReported(db, table, id, currentUser, now)
}

/** Returns if the current user has reported the item. */
async function throwUnlessReported(
  db: Database,
  table: ContentTable,
  id: number,
  currentUser: CurrentUser,
  now: number,
): Promise<void> {
  const isOwn = and(
    eq(reports.reporter_id, currentUser.userId),
    eq(reports.type, getTableName(table)),
    eq(reports.item_id, id),
  )
  const [[session], [report]] = await db.batch([
    db.select({ id: sessions.id }).from(sessions).where(isActive(currentUser, now)),
    db.select({ id: reports.id }).from(reports).where(isOwn),
  ])
  if (!session) throw new Problem('invalid-token')
  if (!report) throw new Problem('not-found')
}
