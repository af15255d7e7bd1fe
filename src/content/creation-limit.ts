/** The largest number of items of a new account (`NEW_ACCOUNT_POSTS_PER_DAY`). The insertion counts them in its condition. */
import { eq, sql, type SQL } from 'drizzle-orm'
import { isActive } from '../accounts/session.ts'
import type { CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import type { Database } from '../store/database.ts'
import { contentTables, sessions, users, type ContentTable } from '../store/schema.ts'
import type { Bindable } from '../store/statement.ts'
import type { Draft } from './item.ts'
import { refuseMissingReferences, selectMissingReferences } from './references.ts'

/** An account is new for this long, in milliseconds. */
const NEW_FOR = 24 * 3600 * 1000

/** The condition on the author of a new item, in a statement that has `users`. Undefined without a limit. */
export function isWithinNewAccountLimit(
  { newAccountLimit }: { newAccountLimit?: Bindable<number> },
  now: Bindable<number>,
): SQL | undefined {
  if (!newAccountLimit) return undefined
  const counts = Object.values(contentTables).map(
    (table) =>
      sql`(select count(*) from (select 1 from ${table} where ${eq(table.author_id, users.id)} limit ${newAccountLimit}))`,
  )
  return sql`(${users.created_at} <= ${now} - ${NEW_FOR} or ${sql.join(counts, sql` + `)} < ${newAccountLimit})`
}

/**
 * For an item that was not created. Throws `invalid-token` (401), `invalid-input` (422) for a missing reference,
 * `email-not-verified` (403), or `new-account-limit` (429).
 */
export async function throwNotCreated(
  db: Database,
  table: ContentTable,
  currentUser: CurrentUser,
  draft: Draft,
  now: number,
): Promise<never> {
  const [[author], missing] = await db.batch([
    db
      .select({ created_at: users.created_at, verified_at: users.email_verified_at })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.user_id))
      .where(isActive(currentUser, now)),
    selectMissingReferences(db, table, draft),
  ])
  if (!author) throw new Problem('invalid-token')
  refuseMissingReferences(missing)
  if (currentUser.mustBeVerified && draft.published_at && !author.verified_at) throw new Problem('email-not-verified')
  const seconds = Math.max(1, Math.ceil((author.created_at.getTime() + NEW_FOR - now) / 1000))
  throw new Problem('new-account-limit', { headers: { 'Retry-After': String(seconds) } })
}
