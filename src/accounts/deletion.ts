/** What a deletion of an account removes: every table that has rows of a user. */
import { and, eq, notExists, type SQL } from 'drizzle-orm'
import type { Config } from '../config.ts'
import type { Database } from '../store/database.ts'
import {
  contentTables,
  idempotencyKeys,
  loginAttempts,
  outbox,
  reports,
  sessions,
  signInNetworks,
  users,
} from '../store/schema.ts'
import { reserveUsername } from './account.ts'
import { sessionSubject } from './login-throttle.ts'

/**
 * The statements of a batch that delete a user if `condition` holds, and everything the user has. The username stays
 * reserved. The second statement returns the id of the deleted user.
 */
export function deleteUserRows(db: Database, config: Config, userId: number, condition: SQL | undefined, now: number) {
  const isGone = notExists(db.select({ id: users.id }).from(users).where(eq(users.id, userId)))
  return [
    reserveUsername(db, and(eq(users.id, userId), condition), now),
    db
      .delete(users)
      .where(and(eq(users.id, userId), condition))
      .returning({ id: users.id }),
    // D1 has deleted these by its foreign keys; libSQL can have them off.
    db.delete(sessions).where(and(eq(sessions.user_id, userId), isGone)),
    db.delete(idempotencyKeys).where(and(eq(idempotencyKeys.user_id, userId), isGone)),
    db.delete(loginAttempts).where(and(eq(loginAttempts.subject, sessionSubject(config, userId)), isGone)),
    db.delete(signInNetworks).where(and(eq(signInNetworks.user_id, userId), isGone)),
    db.delete(outbox).where(and(eq(outbox.user_id, userId), isGone)),
    db.delete(reports).where(and(eq(reports.reporter_id, userId), isGone)),
    ...Object.values(contentTables).map((table) => db.delete(table).where(and(eq(table.author_id, userId), isGone))),
  ] as const
}
