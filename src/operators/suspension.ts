/** Suspension: the user cannot sign in, and the published items are withheld until it is lifted. */
import { and, eq, isNotNull, isNull, or, sql } from 'drizzle-orm'
import { insertAuditEntry } from '../accounts/audit-log.ts'
import { isOperator } from '../accounts/roles.ts'
import type { Caller, CurrentUser } from '../http/context.ts'
import type { Database } from '../store/database.ts'
import { sessions, users } from '../store/schema.ts'
import { relistingStep } from './relisting.ts'
import { hasUser, throwUnlessDone } from './target-user.ts'

/**
 * Suspends a user. The same batch ends every session and withholds the first items; the cron trigger withholds the rest.
 * No-op if the user is suspended for the same reason. Throws as `throwUnlessDone`.
 */
export async function suspendUser(
  db: Database,
  caller: Caller,
  currentUser: CurrentUser,
  userId: number,
  reason: string,
  now = Date.now(),
): Promise<void> {
  const check = { reauthenticated: true, isOther: true }
  const isOpen = or(isNull(users.suspended_at), sql`${users.suspension_reason} is not ${reason}`)
  const isAllowed = and(
    isOperator(db, currentUser, now, check),
    // An operator who suspends their own account could not undo it.
    sql`${userId} <> ${currentUser.userId}`,
  )
  const entry = { action: 'user-suspended', subject: `user:${userId}`, subjectUserId: userId, reason } as const
  const [[recorded]] = await db.batch([
    insertAuditEntry(db, caller, currentUser, entry, and(isAllowed, hasUser(db, userId, isOpen)), now),
    db
      .update(users)
      .set({ suspended_at: sql`coalesce(${users.suspended_at}, ${now})`, suspension_reason: reason, relisting: true })
      .where(and(eq(users.id, userId), isOpen, isAllowed)),
    db
      .delete(sessions)
      .where(and(eq(sessions.user_id, userId), isAllowed, hasUser(db, userId, isNotNull(users.suspended_at)))),
    ...relistingStep(db, userId),
  ])
  if (!recorded) return throwUnlessDone(db, currentUser, userId, check, now)
  caller.audit('user-suspended', userId)
}

/** Lifts a suspension and restores the items in the same steps. No-op if not suspended. Throws as `throwUnlessDone`. */
export async function liftSuspension(
  db: Database,
  caller: Caller,
  currentUser: CurrentUser,
  userId: number,
  reason: string | null,
  now = Date.now(),
): Promise<void> {
  const isSuspended = isNotNull(users.suspended_at)
  const isAllowed = isOperator(db, currentUser, now)
  const entry = { action: 'suspension-lifted', subject: `user:${userId}`, subjectUserId: userId, reason } as const
  const [[recorded]] = await db.batch([
    insertAuditEntry(db, caller, currentUser, entry, and(isAllowed, hasUser(db, userId, isSuspended)), now),
    db
      .update(users)
      .set({ suspended_at: null, suspension_reason: null, relisting: true })
      .where(and(eq(users.id, userId), isSuspended, isAllowed)),
    ...relistingStep(db, userId),
  ])
  if (!recorded) return throwUnlessDone(db, currentUser, userId, {}, now)
  caller.audit('suspension-lifted', userId)
}
