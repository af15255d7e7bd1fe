/** The list of the sessions of the current user. */
import { and, desc, eq, gt, sql } from 'drizzle-orm'
import type { CurrentUser } from '../http/context.ts'
import type { Database } from '../store/database.ts'
import { sessions } from '../store/schema.ts'
import { hasActiveSession, requireActiveSession } from './session.ts'

/** SQLite's own number of a row. It orders sessions that were last used in the same millisecond. */
const rowid = sql<number>`${sessions}.rowid`

/**
 * One page of the sessions of the current user, most recently used first, with its `rowid` beside each one. If there is a
 * next page, the result has one more. Throws `invalid-token` (401) if the current session has ended.
 */
export async function listSessions(
  db: Database,
  currentUser: CurrentUser,
  { limit, from }: { limit: number; from: { at: number; id: number } | null },
  now = Date.now(),
) {
  const { id, user_agent, created_at, last_used_at, expires_at } = sessions
  const rows = await db
    .select({ id, user_agent, created_at, last_used_at, expires_at, rowid })
    .from(sessions)
    .where(
      and(
        eq(sessions.user_id, currentUser.userId),
        gt(expires_at, new Date(now)),
        from === null ? undefined : sql`(${last_used_at}, ${rowid}) <= (${from.at}, ${from.id})`,
        hasActiveSession(db, currentUser, now),
      ),
    )
    .orderBy(desc(last_used_at), desc(rowid))
    .limit(limit + 1)
  // The sessions of a later page can have been used since, and are on the first page then.
  if (rows.length === 0) await requireActiveSession(db, currentUser, now)
  return rows.map((row) => Object.assign(row, { current: row.id === currentUser.sessionId }))
}
