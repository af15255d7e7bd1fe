/** Roles: the condition that the current user is an operator, and the errors for other users. */
import { and, eq, exists, isNull, sql, type SQL } from 'drizzle-orm'
import type { CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import type { Database } from '../store/database.ts'
import { sessions, users } from '../store/schema.ts'
import type { Bindable, Builder } from '../store/statement.ts'
import { isActive, type BindableUser } from './session.ts'

/** The time after the last proof of the password in which an action that requires one is allowed, in milliseconds. */
const REAUTHENTICATION_WINDOW = 15 * 60 * 1000

/** The requirements of a statement for operators. `reauthenticated` requires a recent proof of the password. */
export type OperatorCheck = { reauthenticated?: boolean }

/**
 * The condition that the session is active and its user is an operator who is not suspended. The role is read from the
 * database in the statement itself and never from the token, so a demotion takes effect with the next request.
 */
export const isOperator = (
  db: Pick<Builder, 'select'>,
  currentUser: BindableUser,
  now: Bindable<number>,
  { reauthenticated = false }: OperatorCheck = {},
): SQL =>
  exists(
    db
      .select({ id: sessions.id })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.user_id))
      .where(
        and(
          isActive(currentUser, now),
          sql`${users.role} = 'operator'`,
          isNull(users.suspended_at),
          reauthenticated ? sql`${sessions.reauthenticated_at} > ${now} - ${REAUTHENTICATION_WINDOW}` : undefined,
        ),
      ),
  )

/** The statement whose row `assertOperator` takes. */
export const selectCaller = (db: Database, currentUser: CurrentUser, now: number) =>
  db
    .select({ role: users.role, suspended_at: users.suspended_at, reauthenticated_at: sessions.reauthenticated_at })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.user_id))
    .where(isActive(currentUser, now))

/**
 * Explains why an operator's statement matched nothing. Throws `invalid-token` (401) if the session has ended,
 * `not-found` (404) if the user is not an operator, or `reauthentication-required` (403). Returns otherwise.
 */
export function assertOperator(
  caller: Awaited<ReturnType<typeof selectCaller>>[number] | undefined,
  now: number,
  { reauthenticated = false }: OperatorCheck = {},
): void {
  if (!caller) throw new Problem('invalid-token')
  if (caller.role !== 'operator' || caller.suspended_at) throw new Problem('not-found')
  if (reauthenticated && caller.reauthenticated_at.getTime() <= now - REAUTHENTICATION_WINDOW) {
    throw new Problem('reauthentication-required')
  }
}

/** The same with a query for the caller. */
export async function requireOperator(db: Database, currentUser: CurrentUser, now: number): Promise<void> {
  const [caller] = await selectCaller(db, currentUser, now)
  assertOperator(caller, now)
}
