/**
 * Guessing is slow: consecutive wrong passwords are counted in the store, and from the tenth on each makes the next
 * try wait, at most a quarter of an hour (NIST SP 800-63B-4 §3.2.2). Nothing else than time and the right password is
 * needed to get in again, and sessions that live are not touched.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { eq, lt, sql } from 'drizzle-orm'
import type { AnySQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Config } from '../config.ts'
import { Problem } from '../http/problem.ts'
import type { Database } from '../store/database.ts'
import { loginAttempts } from '../store/schema.ts'

/** So many failures are free; the one after makes the next try wait. */
const FREE_ATTEMPTS = 9

/** Milliseconds: the first wait, which doubles with each failure, and the longest. */
const FIRST_DELAY = 10_000
const MAX_DELAY = 900_000

/** After so long without a failure the count begins anew, in milliseconds. */
export const RESET_AFTER = 24 * 3600 * 1000

/** What is counted for an account, however its owner is asked for the password. */
export const accountSubject = (userId: number) => `account ${userId}`

/** The same as a condition of a join. */
export const isAttemptOf = (userId: AnySQLiteColumn) => eq(loginAttempts.subject, sql`'account ' || ${userId}`)

/** What is counted for a name that no account has, so that it answers like one; the name itself is not kept. */
export const unknownNameSubject = (config: Config, key: string) =>
  `stranger ${hmac(sha256, config.keys.throttle, utf8ToBytes(key)).toBase64({ alphabet: 'base64url', omitPadding: true })}`

/** Throws `too-many-login-attempts` (429) with the seconds to wait, before any password is looked at; tells `slowed` of it. */
export function enforceThrottle(retryAt: Date | null | undefined, now: number, onThrottled: () => void): void {
  const wait = Math.ceil(((retryAt?.getTime() ?? 0) - now) / 1000)
  if (wait <= 0) return
  onThrottled()
  throw new Problem('too-many-login-attempts', { headers: { 'Retry-After': String(wait) } })
}

/** Counts one wrong password, exactly: two at once are two. Forgets, by the way, what is past remembering. */
export async function recordFailure(db: Database, subject: string, now: number): Promise<void> {
  const isForgotten = sql`${loginAttempts.failed_at} < ${now - RESET_AFTER}`
  const failures = sql`case when ${isForgotten} then 1 else ${loginAttempts.failures} + 1 end`
  const doublings = sql`min(${failures} - ${FREE_ATTEMPTS + 1}, 10)`
  const wait = sql`case when ${failures} > ${FREE_ATTEMPTS} then min(${FIRST_DELAY} * (1 << ${doublings}), ${MAX_DELAY}) else 0 end`
  await db.batch([
    db
      .insert(loginAttempts)
      .values({ subject, failures: 1, failed_at: new Date(now), retry_at: new Date(now) })
      .onConflictDoUpdate({
        target: loginAttempts.subject,
        // What is set is computed from the row as it was.
        set: { failures, failed_at: new Date(now), retry_at: sql`${now} + ${wait}` },
      }),
    db.delete(loginAttempts).where(lt(loginAttempts.failed_at, new Date(now - RESET_AFTER))),
  ])
}

/** The right password: the count is gone. */
export const resetAttempts = (db: Database, userId: number) =>
  db.delete(loginAttempts).where(eq(loginAttempts.subject, accountSubject(userId)))
