/** Password reset by an operator, for a user who cannot sign in. */
import { and, eq, sql } from 'drizzle-orm'
import { insertAuditEntry } from '../accounts/audit-log.ts'
import { isOperator } from '../accounts/roles.ts'
import type { Caller, CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import { newMailId, notify } from '../mail/outbox.ts'
import { createMailToken, TOKEN_LIFETIME } from '../mail/token.ts'
import type { Database } from '../store/database.ts'
import { users } from '../store/schema.ts'
import { hasUser, throwUnlessDone } from './target-user.ts'

/** Issues a reset token for a user, and notifies the user if mail is configured. Throws as `throwUnlessDone`. */
export async function issuePasswordReset(
  db: Database,
  caller: Caller,
  currentUser: CurrentUser,
  userId: number,
  reason: string | null,
  now = Date.now(),
): Promise<{ token: string; expires_at: Date }> {
  const check = { reauthenticated: true }
  const isAllowed = isOperator(db, currentUser, now, check)
  const entry = { action: 'password-reset-issued', subject: `user:${userId}`, subjectUserId: userId, reason } as const
  const notice = { id: newMailId(), purpose: 'reset-issued' as const }
  const isTarget = and(eq(users.id, userId), isAllowed)
  const [, [user]] = await db.batch([
    insertAuditEntry(db, caller, currentUser, entry, and(isAllowed, hasUser(db, userId)), now),
    db.select({ epoch: users.epoch }).from(users).where(isTarget),
    ...notify(db, notice, caller.config.mail ? isTarget : sql`0`, now),
  ])
  if (!user) {
    await throwUnlessDone(db, currentUser, userId, check, now)
    throw new Problem('not-found')
  }
  caller.audit('password-reset-issued', userId)
  caller.deliver(notice.id)
  const expiresAt = Math.floor((now + TOKEN_LIFETIME.reset) / 1000) * 1000
  const token = createMailToken(caller.config, 'reset', { userId, epoch: user.epoch, payload: 'operator' }, expiresAt)
  return { token, expires_at: new Date(expiresAt) }
}
