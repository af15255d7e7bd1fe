/** The lists of an export that have no limit. They are read in pages: a response of sqld may have 10 MB. */
import { and, eq, gt, sql } from 'drizzle-orm'
import { selectAuditEntriesAbout } from '../accounts/audit-log.ts'
import { hasActiveSession } from '../accounts/session.ts'
import type { CurrentUser } from '../http/context.ts'
import type { Database } from '../store/database.ts'
import { auditLog, idempotencyKeys, reports } from '../store/schema.ts'

/** The number of rows of a page. A row has up to 4 KB of text, and the first pages share a response. */
const PAGE = 500

/** A query for each list: its first page, or the page after a row. No rows if the session is over. */
export function exportLists(db: Database, currentUser: CurrentUser, now: number) {
  const { userId } = currentUser
  const isActive = hasActiveSession(db, currentUser, now)
  const { key, item_id, created_at } = idempotencyKeys
  const { type, item_id: reported_id, reason, detail, status, created_at: reported_at } = reports
  return {
    idempotencyKeys: (after?: { key: string }) =>
      db
        .select({ key, item_id, created_at })
        .from(idempotencyKeys)
        .where(and(eq(idempotencyKeys.user_id, userId), after && gt(key, after.key), isActive))
        .orderBy(key)
        .limit(PAGE),
    auditLog: (after?: { id: number }) =>
      selectAuditEntriesAbout(db, userId, and(after && gt(auditLog.id, after.id), isActive)).limit(PAGE),
    reports: (after?: { type: string; item_id: number }) =>
      db
        .select({ type, item_id: reported_id, reason, detail, status, created_at: reported_at })
        .from(reports)
        .where(
          and(
            eq(reports.reporter_id, userId),
            after && sql`(${type}, ${reported_id}) > (${after.type}, ${after.item_id})`,
            isActive,
          ),
        )
        .orderBy(type, reported_id)
        .limit(PAGE),
  }
}

/** All rows of a list, without their ids: the first page, then each page after the last row. */
export async function* allRows<Row extends { created_at: Date; id?: number }>(
  first: Row[],
  select: (last: Row) => PromiseLike<Row[]>,
) {
  for (let page = first; ;) {
    for (const { id: _, ...row } of page) yield row
    const last = page.at(-1)
    if (!last || page.length < PAGE) return
    page = await select(last)
  }
}
