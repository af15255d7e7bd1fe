/** What a deletion of an account removes: every table that has rows of a user. */
import { and, eq, notExists, type SQL } from 'drizzle-orm'
import type { Database } from '../store/database.ts'
import { contentTables, idempotencyKeys, loginAttempts, outbox, reports, sessions, users } from '../store/schema.ts'
import { accountSubject } from './login-throttle.ts'

/** The statements of a batch that delete a user if `condition` holds, and with the user everything the user has. */
export function deleteUserRows(db: Database, userId: number, condition: SQL | undefined) {
  const isGone = notExists(db.select({ id: users.id }).from(users).where(eq(users.id, userId)))
  return [
    db
      .delete(users)
      .where(and(eq(users.id, userId), condition))
      .returning({ id: users.id }),
    // Where foreign keys are on these are gone by now; libSQL may have them off.
    db.delete(sessions).where(and(eq(sessions.user_id, userId), isGone)),
    db.delete(idempotencyKeys).where(and(eq(idempotencyKeys.user_id, userId), isGone)),
    db.delete(loginAttempts).where(and(eq(loginAttempts.subject, accountSubject(userId)), isGone)),
    db.delete(outbox).where(and(eq(outbox.user_id, userId), isGone)),
    db.delete(reports).where(and(eq(reports.reporter_id, userId), isGone)),
    ...Object.values(contentTables).map((table) => db.delete(table).where(and(eq(table.author_id, userId), isGone))),
  ] as const
}
