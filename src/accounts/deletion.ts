/**
 * The deletion of an account. One batch ends its sessions, erases its personal data and hides its items. Items beyond the
 * first `STEP` of a content type are deleted by the cron in steps, because D1 ends a statement that takes long.
 */
import { and, eq, exists, inArray, isNotNull, notExists, sql, type SQL } from 'drizzle-orm'
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

/** The largest number of items of each content type that one step deletes: about half a second in the database. */
export const STEP = 5_000

/** The largest number of steps in one run of the cron. D1 lets a run make 50 statements on the free plan, and other jobs need most of them. */
const MAX_STEPS = 2

/** A value for a unique column. No user can have it or type it. */
const ERASED = sql`'deleted:' || ${users.id} || ':' || hex(randomblob(16))`

/**
 * The statements of a batch that delete a user if `condition` holds, and everything the user has. The username stays
 * reserved. The second statement returns the id of the deleted user.
 */
export function deleteUserRows(db: Database, config: Config, userId: number, condition: SQL | undefined, now: number) {
  const isGone = exists(db.select({ id: users.id }).from(users).where(isDeleted(userId)))
  return [
    reserveUsername(db, and(eq(users.id, userId), condition), now),
    db
      .update(users)
      .set({
        username: ERASED,
        username_normalized: ERASED,
        email: null,
        email_normalized: null,
        email_verified_at: null,
        password_hash: '',
        registration_key: null,
        role: 'member',
        // Lists, searches and reads leave out the items of suspended users.
        suspended_at: new Date(now),
        suspension_reason: null,
        relisting: false,
        deleted_at: new Date(now),
        last_login_at: null,
        updated_at: new Date(now),
      })
      .where(and(eq(users.id, userId), condition))
      .returning({ id: users.id }),
    db.delete(sessions).where(and(eq(sessions.user_id, userId), isGone)),
    db.delete(idempotencyKeys).where(and(eq(idempotencyKeys.user_id, userId), isGone)),
    db.delete(loginAttempts).where(and(eq(loginAttempts.subject, sessionSubject(config, userId)), isGone)),
    db.delete(signInNetworks).where(and(eq(signInNetworks.user_id, userId), isGone)),
    db.delete(outbox).where(and(eq(outbox.user_id, userId), isGone)),
    db.delete(reports).where(and(eq(reports.reporter_id, userId), isGone)),
    ...deletionStep(db, userId),
  ] as const
}

/** The statements of a batch that delete up to `STEP` items of each content type, and the user when no item is left. */
function deletionStep(db: Database, userId: number) {
  const tables = Object.values(contentTables)
  const isGone = exists(db.select({ id: users.id }).from(users).where(isDeleted(userId)))
  return [
    ...tables.map((table) => {
      const some = db.select({ id: table.id }).from(table).where(eq(table.author_id, userId)).limit(STEP)
      return db.delete(table).where(and(inArray(table.id, some), isGone))
    }),
    db
      .delete(users)
      .where(
        and(
          isDeleted(userId),
          ...tables.map((table) =>
            notExists(db.select({ id: table.id }).from(table).where(eq(table.author_id, userId))),
          ),
        ),
      ),
  ] as const
}

const isDeleted = (userId: number) => and(eq(users.id, userId), sql`${users.deleted_at} is not null`)

/** Continues the deletions that are not complete. Returns the number of steps. */
export async function continueDeletions(db: Database): Promise<number> {
  for (let step = 0; step < MAX_STEPS; step++) {
    const [due] = await db.select({ id: users.id }).from(users).where(isNotNull(users.deleted_at)).limit(1)
    if (!due) return step
    const [first, ...rest] = deletionStep(db, due.id)
    await db.batch([first, ...rest])
  }
  return MAX_STEPS
}
