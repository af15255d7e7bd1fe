/** Deletion of a user by an operator. */
import { and, sql } from 'drizzle-orm'
import { insertAuditEntry } from '../accounts/audit-log.ts'
import { deleteUserRows } from '../accounts/deletion.ts'
import { isOperator } from '../accounts/roles.ts'
import type { Caller, CurrentUser } from '../http/context.ts'
import type { Database } from '../store/database.ts'
import { hasUser, throwUnlessDone } from './target-user.ts'

/** Deletes the account and all of its content. Throws as `throwUnlessDone`. */
export async function deleteUser(
  db: Database,
  caller: Caller,
  currentUser: CurrentUser,
  userId: number,
  reason: string,
  now = Date.now(),
): Promise<void> {
  const check = { reauthenticated: true, isOther: true }
  const isAllowed = and(isOperator(db, currentUser, now, check), sql`${userId} <> ${currentUser.userId}`)
  const entry = { action: 'user-deleted', subject: `user:${userId}`, subjectUserId: userId, reason } as const
  const [[recorded]] = await db.batch([
    insertAuditEntry(db, caller, currentUser, entry, and(isAllowed, hasUser(db, userId)), now),
    ...deleteUserRows(db, caller.config, userId, isAllowed, now),
  ])
  if (!recorded) return throwUnlessDone(db, currentUser, userId, check, now)
  caller.audit('user-deleted', userId)
}
