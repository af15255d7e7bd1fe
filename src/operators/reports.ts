/** The queue of reports by users, and their resolution by operators. */
import { and, asc, eq, getTableColumns, gte, inArray, ne, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { insertAuditEntry } from '../accounts/audit-log.ts'
import { isOperator, requireOperator } from '../accounts/roles.ts'
import type { Caller, CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import type { Database } from '../store/database.ts'
import { reports, users } from '../store/schema.ts'

type Status = (typeof reports.$inferSelect)['status']

const author = alias(users, 'author')
const reporter = alias(users, 'reporter')
const resolver = alias(users, 'resolver')

const { id, status, note, version } = reports

/** The names have aliases, because a batch on D1 returns only one of two columns with the same name. */
const selectReports = (db: Database) =>
  db
    .select({
      ...getTableColumns(reports),
      author_name: sql<string | null>`${author.username}`.as('author_name'),
      reporter_name: sql<string | null>`${reporter.username}`.as('reporter_name'),
      resolver_name: sql<string | null>`${resolver.username}`.as('resolver_name'),
    })
    .from(reports)
    .leftJoin(author, eq(author.id, reports.author_id))
    .leftJoin(reporter, eq(reporter.id, reports.reporter_id))
    .leftJoin(resolver, eq(resolver.id, reports.resolved_by))

type Row = Awaited<ReturnType<typeof selectReports>>[number]

/** A report in a response. A name is null if the account was deleted. */
const serializeReport = ({
  author_id,
  author_name,
  reporter_id,
  reporter_name,
  resolved_by,
  resolver_name,
  ...rest
}: Row) => ({
  ...rest,
  author: { id: author_id, username: author_name },
  reporter: { id: reporter_id, username: reporter_name },
  resolved_by: resolved_by === null ? null : { id: resolved_by, username: resolver_name },
})

/** One page of the reports of one status, oldest first. Throws as `requireOperator`. */
export async function listReports(
  db: Database,
  currentUser: CurrentUser,
  filter: Status,
  { limit, from }: { limit: number; from: { id: number } | null },
  now = Date.now(),
) {
  const rows = await selectReports(db)
    .where(and(eq(status, filter), from === null ? undefined : gte(id, from.id), isOperator(db, currentUser, now)))
    .orderBy(asc(id))
    .limit(limit + 1)
  if (rows.length === 0) await requireOperator(db, currentUser, now)
  return rows.map(serializeReport)
}

type Update = { status: Status; note?: string | null | undefined }

/**
 * Resolves a report with a note, or opens it again. No-op if it is already in that state. Throws as `requireOperator`,
 * `not-found` (404) or `version-conflict` (412).
 */
export async function updateReport(
  db: Database,
  caller: Caller,
  target: { id: number; versions: number[] | undefined },
  currentUser: CurrentUser,
  update: Update,
  now = Date.now(),
) {
  const resolves = update.status === 'resolved'
  const next = resolves ? (update.note ?? null) : null
  const isTarget = and(
    eq(id, target.id),
    target.versions ? inArray(version, target.versions) : undefined,
    sql`(${ne(status, update.status)} or ${note} is not ${next})`,
    isOperator(db, currentUser, now),
  )
  const entry = {
    action: resolves ? 'report-resolved' : 'report-reopened',
    subject: `report:${target.id}`,
    subjectUserId: sql`(select ${reports.author_id} from ${reports} where ${eq(id, target.id)})`,
    reason: update.note ?? null,
  } as const
  const exists = sql`exists (select 1 from ${reports} where ${isTarget})`
  const [[recorded], , [report]] = await db.batch([
    insertAuditEntry(db, caller, currentUser, entry, exists, now),
    db
      .update(reports)
      .set({
        status: update.status,
        note: next,
        resolved_at: resolves ? new Date(now) : null,
        resolved_by: resolves ? currentUser.userId : null,
        version: sql`${version} + 1`,
      })
      .where(isTarget),
    selectReports(db).where(and(eq(id, target.id), isOperator(db, currentUser, now))),
  ])
  if (!report) {
    await requireOperator(db, currentUser, now)
    throw new Problem('not-found')
  }
  if (!recorded && target.versions && !target.versions.includes(report.version)) throw new Problem('version-conflict')
  if (recorded) caller.audit(entry.action, currentUser.userId)
  return serializeReport(report)
}
