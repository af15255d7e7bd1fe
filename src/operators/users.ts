/** Users in the operators' view: search by a part of a name or an address, state, and counts of sessions and items. */
import { and, desc, eq, gt, isNotNull, isNull, sql, type SQL } from 'drizzle-orm'
import { isOperator, requireOperator } from '../accounts/roles.ts'
import type { CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import type { Database } from '../store/database.ts'
import { contentTables, sessions, users } from '../store/schema.ts'
import { searchUsers, type UserStatus } from './user-search.ts'

type Filter = { q: string | undefined; status: UserStatus }

/** The maximum count of sessions and items, so that the cost of a page is bounded. */
export const MAX_COUNT = 1_000

const count = (rows: SQL) =>
  sql<number>`(select count(*) from (select 1 from ${rows} limit ${sql.raw(String(MAX_COUNT))}))`

const userColumns = (now: number) => ({
  id: users.id,
  username: users.username,
  email: users.email,
  email_verified: sql`${users.email_verified_at} is not null`.mapWith(Boolean),
  role: users.role,
  created_at: users.created_at,
  last_login_at: users.last_login_at,
  suspended_at: users.suspended_at,
  suspension_reason: users.suspension_reason,
  sessions: count(
    sql`${sessions} where ${and(eq(sessions.user_id, users.id), gt(sessions.expires_at, new Date(now)))}`,
  ),
  items: sql`json_object(${sql.join(
    Object.entries(contentTables).map(
      ([name, table]) => sql`${sql.raw(`'${name}'`)}, ${count(sql`${table} where ${eq(table.author_id, users.id)}`)}`,
    ),
    sql`, `,
  )})`.mapWith((json: string): Record<string, number> => JSON.parse(json)),
})

/** One page of users, newest first. Throws as `requireOperator`. */
export async function listUsers(
  db: Database,
  currentUser: CurrentUser,
  { q, status }: Filter,
  { limit, from }: { limit: number; from: { id: number } | null },
  now = Date.now(),
) {
  const found = q === undefined ? null : searchUsers(q, status)
  const place = found?.rowid ?? users.id
  const query = db.select(userColumns(now)).from(users).$dynamic()
  if (found) query.innerJoin(found.index, eq(found.rowid, users.id))
  const rows = await query
    .where(
      and(
        found ? found.matches : hasStatus(status),
        isNull(users.deleted_at),
        from === null ? undefined : sql`${place} <= cast(${from.id} as integer)`,
        isOperator(db, currentUser, now),
      ),
    )
    .orderBy(desc(place))
    .limit(limit + 1)
  if (rows.length === 0) await requireOperator(db, currentUser, now)
  return rows
}

/** One user. Throws as `requireOperator`, or `not-found` (404). */
export async function readUser(db: Database, currentUser: CurrentUser, userId: number, now = Date.now()) {
  const [user] = await db
    .select(userColumns(now))
    .from(users)
    .where(and(eq(users.id, userId), isNull(users.deleted_at), isOperator(db, currentUser, now)))
  if (user) return user
  await requireOperator(db, currentUser, now)
  throw new Problem('not-found')
}

/** The constants are part of the SQL text: SQLite uses a partial index only if the statement has its condition verbatim. */
function hasStatus(status: UserStatus): SQL | undefined {
  switch (status) {
    case 'all':
      return undefined
    case 'active':
      return isNull(users.suspended_at)
    case 'suspended':
      return isNotNull(users.suspended_at)
    case 'operator':
      return sql`${users.role} = 'operator'`
  }
}
