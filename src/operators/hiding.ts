/** Hides an item from everybody except its author and operators. The author cannot undo it. */
import { and, eq, exists, getTableName, inArray, isNotNull, isNull, or, sql, type SQL } from 'drizzle-orm'
import { insertAuditEntry } from '../accounts/audit-log.ts'
import { assertOperator, isOperator, selectCaller, type OperatorCheck } from '../accounts/roles.ts'
import type { Target } from '../content/update-item.ts'
import type { Caller, CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import type { Database } from '../store/database.ts'
import { users, type ContentTable } from '../store/schema.ts'

/** Hides an item, or changes the reason of a hidden one. No-op with the same reason. Throws as `throwUnlessDone`. */
export function hideItem(
  db: Database,
  caller: Caller,
  table: ContentTable,
  target: Target,
  currentUser: CurrentUser,
  reason: string,
  now = Date.now(),
): Promise<void> {
  const isOpen = or(isNull(table.hidden_at), sql`${table.hidden_reason} is not ${reason}`)
  const hidden_at = sql`coalesce(${table.hidden_at}, ${now})`
  const change = { action: 'item-hidden', reason, isOpen, set: { hidden_at, hidden_reason: reason } } as const
  return moderate(db, caller, table, target, currentUser, change, { reauthenticated: true }, now)
}

/** Shows a hidden item again. No-op if it is not hidden. Throws as `throwUnlessDone`. */
export function unhideItem(
  db: Database,
  caller: Caller,
  table: ContentTable,
  target: Target,
  currentUser: CurrentUser,
  reason: string | null,
  now = Date.now(),
): Promise<void> {
  // The author may have been suspended while the item was hidden. The suspension withheld only listed items.
  const author_suspended = exists(
    db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, table.author_id), isNotNull(users.suspended_at))),
  )
  const set = { hidden_at: null, hidden_reason: null, author_suspended }
  const change = { action: 'item-unhidden', reason, isOpen: isNotNull(table.hidden_at), set } as const
  return moderate(db, caller, table, target, currentUser, change, {}, now)
}

type Change = {
  action: 'item-hidden' | 'item-unhidden'
  reason: string | null
  /** The condition that the item is in the state that the action changes. */
  isOpen: SQL | undefined
  set: Record<string, SQL | string | null>
}

/** Writes the audit entry and the change in one batch, under the same condition. */
async function moderate(
  db: Database,
  caller: Caller,
  table: ContentTable,
  { id, versions }: Target,
  currentUser: CurrentUser,
  { action, reason, isOpen, set }: Change,
  check: OperatorCheck,
  now: number,
): Promise<void> {
  const isTarget = and(eq(table.id, id), versions ? inArray(table.version, versions) : undefined)
  const isAllowed = isOperator(db, currentUser, now, check)
  const entry = {
    action,
    subject: `${getTableName(table)}:${id}`,
    subjectUserId: sql`(select ${table.author_id} from ${table} where ${eq(table.id, id)})`,
    reason,
  }
  const changes = exists(db.select({ id: table.id }).from(table).where(and(isTarget, isOpen)))
  const [[recorded]] = await db.batch([
    insertAuditEntry(db, caller, currentUser, entry, and(isAllowed, changes), now),
    db
      .update(table)
      .set({ ...set, version: sql`${table.version} + 1` })
      .where(and(isTarget, isOpen, isAllowed)),
  ])
  if (!recorded) return throwUnlessDone(db, table, { id, versions }, currentUser, check, now)
  caller.audit(action, currentUser.userId)
}

/** Returns if the item is already in the requested state. Throws as `assertOperator`, `not-found` or `version-conflict`. */
async function throwUnlessDone(
  db: Database,
  table: ContentTable,
  { id, versions }: Target,
  currentUser: CurrentUser,
  check: OperatorCheck,
  now: number,
): Promise<void> {
  const [[caller], [item]] = await db.batch([
    selectCaller(db, currentUser, now),
    db.select({ version: table.version }).from(table).where(eq(table.id, id)),
  ])
  assertOperator(caller, now, check)
  if (!item) throw new Problem('not-found')
  if (versions && !versions.includes(item.version)) throw new Problem('version-conflict')
}
