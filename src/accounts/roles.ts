/** Roles: the condition that the current user is an operator, and what a request without that right gets. */
import { and, eq, exists, isNull, sql, type SQL } from 'drizzle-orm'
import type { CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import type { Database } from '../store/database.ts'
import { sessions, users } from '../store/schema.ts'
import type { Bindable, Builder } from '../store/statement.ts'
import { isActive, type BindableUser } from './session.ts'

/** How long a proof of the password opens what takes something away from a user, in milliseconds. */
const REAUTHENTICATION_WINDOW = 15 * 60 * 1000

/** What a statement asks of an operator; `reauthenticated` also asks for a recent proof of the password. */
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

/** Who the current user is to `assertOperator`, as a statement of a batch. */
export const selectCaller = (db: Database, currentUser: CurrentUser, now: number) =>
  db
    .select({ role: users.role, suspended_at: users.suspended_at, reauthenticated_at: sessions.reauthenticated_at })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.user_id))
    .where(isActive(currentUser, now))

/**
 * For an operator's statement that matched nothing. Throws `invalid-token` (401) if the session is over, `not-found`
 * (404) for everybody who is not an operator, and `reauthentication-required` (403); returns if none of these is why.
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

/** The same in a round trip of its own. */
export async function requireOperator(db: Database, currentUser: CurrentUser, now: number): Promise<void> {
  const [caller] = await selectCaller(db, currentUser, now)
  assertOperator(caller, now)
}
