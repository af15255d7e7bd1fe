/** The cron trigger: sends the mails in the outbox and deletes expired rows, a bounded number in each run. */
import { lt, lte, sql, type SQL } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { RESERVED_FOR } from './accounts/account.ts'
import { pruneAuditLog } from './accounts/audit-log.ts'
import { continueDeletions } from './accounts/deletion.ts'
import { KNOWN_NETWORK } from './accounts/known-networks.ts'
import { RESET_AFTER } from './accounts/login-throttle.ts'
import { readConfig, type Env } from './config.ts'
import { MEMORY } from './content/idempotency.ts'
import { describeError, log } from './log.ts'
import { sweepOutbox } from './mail/delivery.ts'
import { pruneMailDays } from './mail/outbox.ts'
import { mailerOf } from './mail/transports.ts'
import { continueRelisting, MAX_STEPS } from './operators/relisting.ts'
import type { Connect, Database } from './store/database.ts'
import { idempotencyKeys, loginAttempts, reservedUsernames, sessions, signInNetworks } from './store/schema.ts'

/** The maximum number of rows of a table that a run deletes, in one statement. */
export const PRUNE_SIZE = 2_000

/** The handler of `scheduled` events. A failed step is logged and does not prevent the others. */
export const createScheduled = (connect: Connect) =>
  async function scheduled(_: unknown, env: Env): Promise<void> {
    const config = readConfig(env)
    const { mail } = config
    const db = connect(env)
    const now = Date.now()
    let hasMails = mail !== null
    const steps = {
      outbox: async () => {
        if (mail) hasMails = (await sweepOutbox(db, config, mailerOf(mail))) > 0
      },
      sessions: () => prune(db, sessions, lte(sessions.expires_at, new Date(now))),
      idempotency_keys: () => prune(db, idempotencyKeys, lte(idempotencyKeys.created_at, new Date(now - MEMORY))),
      login_attempts: () => prune(db, loginAttempts, lt(loginAttempts.failed_at, new Date(now - RESET_AFTER))),
      sign_in_networks: () => prune(db, signInNetworks, lt(signInNetworks.signed_in_at, new Date(now - KNOWN_NETWORK))),
      reserved_usernames: () =>
        prune(db, reservedUsernames, lt(reservedUsernames.released_at, new Date(now - RESERVED_FOR))),
      mail_days: () => pruneMailDays(db, now),
      deletions: () => continueDeletions(db),
      // D1 allows 50 statements in a run on the free plan, and each mail has one.
      relisting: () => continueRelisting(db, hasMails ? 1 : MAX_STEPS),
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

/** Deletes the rows that the condition finds, up to a limit, because D1 ends statements that take long. */
async function prune(db: Database, table: SQLiteTable, isOld: SQL): Promise<void> {
  await db.delete(table).where(sql`rowid in (select rowid from ${table} where ${isOld} limit ${PRUNE_SIZE})`)
}
