/** Ends all sessions of a user: the first step after an account was stolen. */
import { and, eq } from 'drizzle-orm'
import { insertAuditEntry } from '../accounts/audit-log.ts'
import { isOperator } from '../accounts/roles.ts'
import type { Caller, CurrentUser } from '../http/context.ts'
import type { Database } from '../store/database.ts'
import { sessions } from '../store/schema.ts'
import { hasUser, throwUnlessDone } from './target-user.ts'

/** Ends every session of a user. Throws as `throwUnlessDone`. */
export async function revokeUserSessions(
  db: Database,
  caller: Caller,
  currentUser: CurrentUser,
  userId: number,
  reason: string | null,
  now = Date.now(),
): Promise<void> {
  const check = { reauthenticated: true }
  const isAllowed = isOperator(db, currentUser, now, check)
  const entry = { action: 'sessions-revoked', subject: `user:${userId}`, subjectUserId: userId, reason } as const
  const [[recorded]] = await db.batch([
    insertAuditEntry(db, caller, currentUser, entry, and(isAllowed, hasUser(db, userId)), now),
    db.delete(sessions).where(and(eq(sessions.user_id, userId), isAllowed)),
  ])
  if (!recorded) return throwUnlessDone(db, currentUser, userId, check, now)
  caller.audit('sessions-revoked', userId)
}
