/** The export of an account: its own data and all of its content. */
import { eq, getTableColumns } from 'drizzle-orm'
import { meColumns } from '../accounts/account.ts'
import type { Caller } from '../accounts/audit.ts'
import { sessionSubject } from '../accounts/login-throttle.ts'
import { isActive } from '../accounts/session.ts'
import type { CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import type { Database } from '../store/database.ts'
import { contentTables, loginAttempts, outbox, sessions, signInNetworks, users } from '../store/schema.ts'
import { readAuthorItems } from './author-items.ts'
import { allRows, exportLists } from './export-lists.ts'
import { serialize, type Item } from './item.ts'

/**
 * Everything the service stores about the current user, except what only proves a password or a request. The lists that
 * have no limit are async iterables, read while the response is written. Throws `invalid-token` (401), at first or while
 * the content is read.
 */
export async function exportAccount(db: Database, caller: Caller, currentUser: CurrentUser, now = Date.now()) {
  const { user_id: _, counter: _counter, rotation_key: _key, ...session } = getTableColumns(sessions)
  const lists = exportLists(db, currentUser, now)
  const { failures, failed_at } = loginAttempts
  const { purpose, recipient, created_at: requested_at, sent_at } = outbox
  const [[account], mine, keys, [wrong], mails, audit, reported, networks] = await db.batch([
    db
      .select(meColumns)
      .from(users)
      .innerJoin(sessions, eq(sessions.user_id, users.id))
      .where(isActive(currentUser, now)),
    db.select(session).from(sessions).where(eq(sessions.user_id, currentUser.userId)),
    lists.idempotencyKeys(),
    db
      .select({ failures, failed_at })
      .from(loginAttempts)
      .where(eq(loginAttempts.subject, sessionSubject(caller.config, currentUser.userId))),
    db.select({ purpose, recipient, requested_at, sent_at }).from(outbox).where(eq(outbox.user_id, currentUser.userId)),
    lists.auditLog(),
    lists.reports(),
    db
      .select({ signed_in_at: signInNetworks.signed_in_at })
      .from(signInNetworks)
      .where(eq(signInNetworks.user_id, currentUser.userId)),
  ])
  if (!account) throw new Problem('invalid-token')
  caller.audit('exported', account.id)
  const content = Object.fromEntries(
    Object.entries(contentTables).map(([name, table]) => [name, exported(readAuthorItems(db, table, currentUser))]),
  )
  return {
    exported_at: new Date(now),
    account,
    sessions: mine,
    idempotency_keys: allRows(keys, lists.idempotencyKeys),
    login_attempts: wrong ?? null,
    sign_in_networks: networks,
    mails,
    audit_log: allRows(audit, lists.auditLog),
    reports: allRows(reported, lists.reports),
    content,
  }
}

/** As in a response, but with `hidden` in every item. */
function exportItem(item: Item) {
  const { hidden = null, ...rest } = serialize(item)
  return { ...rest, hidden }
}

async function* exported(items: AsyncIterable<Item>) {
  for await (const item of items) yield exportItem(item)
}
