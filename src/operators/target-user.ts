/** The target user of an operator action: the condition of its statements, and the errors if they matched nothing. */
import { and, eq, exists, isNull, type SQL } from 'drizzle-orm'
import { assertOperator, selectCaller, type OperatorCheck } from '../accounts/roles.ts'
import type { CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import type { Database } from '../store/database.ts'
import { users } from '../store/schema.ts'

/** The condition that the user exists and is in the state that the action changes. */
export const hasUser = (db: Database, userId: number, state?: SQL) =>
  exists(
    db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, userId), isNull(users.deleted_at), state)),
  )

/**
 * Explains why an action on a user changed nothing. Returns if the user is already in the requested state. Throws as
 * `assertOperator`, `not-found` (404) if the user does not exist, or `forbidden` (403) if `isOther` is set and the user
 * is the operator.
 */
export async function throwUnlessDone(
  db: Database,
  currentUser: CurrentUser,
  userId: number,
  { isOther = false, ...check }: OperatorCheck & { isOther?: boolean },
  now: number,
): Promise<void> {
  const [[caller], [user]] = await db.batch([
    selectCaller(db, currentUser, now),
    db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, userId), isNull(users.deleted_at))),
  ])
  assertOperator(caller, now, check)
  if (isOther && userId === currentUser.userId) {
    throw new Problem('forbidden', { detail: 'Operators cannot do this to their own account.' })
  }
  if (!user) throw new Problem('not-found')
}
