/** The audit log in the database: who did what, to whom, when and why. Triggers in `drizzle/` make it append-only. */
import { and, desc, eq, inArray, lt, lte, sql, type SQL } from 'drizzle-orm'
import type { CurrentUser } from '../http/context.ts'
import { insertValues, type Database } from '../store/database.ts'
import { auditLog } from '../store/schema.ts'
import { isOperator, requireOperator } from './roles.ts'

export type AuditEntry = {
  action: (typeof auditLog.$inferSelect)['action']
  /** The target of the action: `user:12`, `posts:34` or `report:5`. */
  subject: string
  /** The user that the entry is about. The user's export contains the entry. */
  subjectUserId: number | SQL | null
  reason: string | null
}

/** Rows older than this may be removed, in milliseconds. The trigger on the table has the same number of days. */
const RETENTION = 400 * 24 * 3600 * 1000

/**
 * Records an operator action if `condition` holds. It is the first statement of the batch, and the other statements have
 * the same condition, so an action and its row are written together or not at all.
 */
export const insertAuditEntry = (
  db: Database,
  { requestId }: { requestId: string },
  currentUser: CurrentUser,
  { action, subject, subjectUserId, reason }: AuditEntry,
  condition: SQL | undefined,
  now: number,
) => {
  const row = insertValues(auditLog, {
    created_at: new Date(now),
    actor: `user:${currentUser.userId}`,
    action,
    subject,
    subject_user_id: subjectUserId,
    reason,
    request_id: requestId,
  })
  return db
    .insert(auditLog)
    .select(sql`select ${row} where ${condition}`)
    .returning({ id: auditLog.id })
}

type Filter = { subject: string | undefined; actor: string | undefined }

/** One page of the audit log, newest first. Throws as `requireOperator`. */
export async function listAuditEntries(
  db: Database,
  currentUser: CurrentUser,
  { subject, actor }: Filter,
  { limit, from }: { limit: number; from: { id: number } | null },
  now = Date.now(),
) {
  const { id, created_at, action, reason, request_id } = auditLog
  const rows = await db
    .select({ id, created_at, actor: auditLog.actor, action, subject: auditLog.subject, reason, request_id })
    .from(auditLog)
    .where(
      and(
        subject === undefined ? undefined : eq(auditLog.subject, subject),
        actor === undefined ? undefined : eq(auditLog.actor, actor),
        from === null ? undefined : lte(id, from.id),
        isOperator(db, currentUser, now),
      ),
    )
    .orderBy(desc(id))
    .limit(limit + 1)
  if (rows.length === 0) await requireOperator(db, currentUser, now)
  return rows
}

/** The entries about a user, for that user's export. They do not name the operator. */
export const selectAuditEntriesAbout = (db: Database, userId: number, condition: SQL | undefined) =>
  db
    .select({
      id: auditLog.id,
      created_at: auditLog.created_at,
      action: auditLog.action,
      subject: auditLog.subject,
      reason: auditLog.reason,
    })
    .from(auditLog)
    .where(and(eq(auditLog.subject_user_id, userId), condition))
    .orderBy(auditLog.id)

/** The maximum number of rows that one run reads. */
const PRUNE_BATCH = 500

/** Deletes expired rows of the oldest batch. Returns the number of deleted rows. */
export async function pruneAuditLog(db: Database, now = Date.now()): Promise<number> {
  const oldest = db
    .select({ id: auditLog.id, created_at: auditLog.created_at })
    .from(auditLog)
    .orderBy(auditLog.id)
    .limit(PRUNE_BATCH)
    .as('oldest')
  const expired = db
    .select({ id: oldest.id })
    .from(oldest)
    .where(lt(oldest.created_at, new Date(now - RETENTION)))
  const removed = await db.delete(auditLog).where(inArray(auditLog.id, expired)).returning({ id: auditLog.id })
  return removed.length
}
