/** What the cron trigger does: it sends what is still in the outbox, and deletes what has expired, a bounded amount a run. */
import { lt, lte, sql, type SQL } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { pruneAuditLog } from './accounts/audit-log.ts'
import { RESET_AFTER } from './accounts/login-throttle.ts'
import { readConfig, type Env } from './config.ts'
import { MEMORY } from './content/idempotency.ts'
import { describeError, log } from './log.ts'
import { sweepOutbox } from './mail/delivery.ts'
import { pruneMailDays } from './mail/outbox.ts'
import { mailerOf } from './mail/transports.ts'
import { continueRelisting } from './operators/relisting.ts'
import type { Connect, Database } from './store/database.ts'
import { idempotencyKeys, loginAttempts, sessions } from './store/schema.ts'

/** So many rows are deleted by one statement, and so many statements are sent for a table in one run. */
export const PRUNE_SIZE = 1_000
const MAX_PRUNES = 4

/** The handler of `scheduled` events. A step that fails is logged, and the others are done all the same. */
export const createScheduled = (connect: Connect) =>
  async function scheduled(_: unknown, env: Env): Promise<void> {
    const config = readConfig(env)
    const { mail } = config
    const db = connect(env)
    const now = Date.now()
    const steps = {
      outbox: async () => mail && sweepOutbox(db, config, mailerOf(mail)),
      sessions: () => prune(db, sessions, lte(sessions.expires_at, new Date(now))),
      idempotency_keys: () => prune(db, idempotencyKeys, lte(idempotencyKeys.created_at, new Date(now - MEMORY))),
      login_attempts: () => prune(db, loginAttempts, lt(loginAttempts.failed_at, new Date(now - RESET_AFTER))),
      mail_days: () => pruneMailDays(db, now),
      relisting: () => continueRelisting(db),
      audit_log: () => pruneAuditLog(db, now),
    }
    for (const [step, run] of Object.entries(steps)) {
      try {
        await run()
      } catch (error) {
        log('error', 'scheduled-step-failed', { step, ...describeError(error) })
      }
    }
  }

/** Deletes the rows that the condition finds, a few thousand a run: D1 ends a statement that takes long. */
async function prune(db: Database, table: SQLiteTable, isOld: SQL): Promise<void> {
  const old = sql`rowid in (select rowid from ${table} where ${isOld} limit ${PRUNE_SIZE})`
  for (let prunes = 0; prunes < MAX_PRUNES; prunes++) {
    const deleted = await db
      .delete(table)
      .where(old)
      .returning({ row: sql`1` })
    if (deleted.length < PRUNE_SIZE) return
  }
}
