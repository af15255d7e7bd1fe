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
import type { Database } from './db.ts'
import type { Config } from './env.ts'
import { Problem } from './problem.ts'
import { guesses } from './schema.ts'

/** So many failures are free; the one after makes the next try wait. */
const FREE_FAILURES = 9

/** Milliseconds: the first wait, which doubles with each failure, and the longest. */
const FIRST_WAIT = 10_000
const LONGEST_WAIT = 900_000

/** After so long without a failure the count begins anew, in milliseconds. */
const MEMORY = 24 * 3600 * 1000

/** What is counted for an account, however its owner is asked for the password. */
export const ofAccount = (userId: number) => `account ${userId}`

/** The same as a condition of a join. */
export const isGuessOf = (userId: AnySQLiteColumn) => eq(guesses.subject, sql`'account ' || ${userId}`)

/** What is counted for a name that no account has, so that it answers like one; the name itself is not kept. */
export const ofStranger = (config: Config, key: string) =>
  `stranger ${hmac(sha256, config.keys.guess, utf8ToBytes(key)).toBase64({ alphabet: 'base64url', omitPadding: true })}`

/** Throws `too-many-guesses` (429) with the seconds to wait, before any password is looked at; tells `slowed` of it. */
export function refuseHaste(retryAt: Date | null | undefined, now: number, slowed: () => void): void {
  const wait = Math.ceil(((retryAt?.getTime() ?? 0) - now) / 1000)
  if (wait <= 0) return
  slowed()
  throw new Problem('too-many-guesses', { headers: { 'Retry-After': String(wait) } })
}

/** Counts one wrong password, exactly: two at once are two. Forgets, by the way, what is past remembering. */
export async function countFailure(db: Database, subject: string, now: number): Promise<void> {
  const isForgotten = sql`${guesses.failed_at} < ${now - MEMORY}`
  const failures = sql`case when ${isForgotten} then 1 else ${guesses.failures} + 1 end`
  const doublings = sql`min(${failures} - ${FREE_FAILURES + 1}, 10)`
  const wait = sql`case when ${failures} > ${FREE_FAILURES} then min(${FIRST_WAIT} * (1 << ${doublings}), ${LONGEST_WAIT}) else 0 end`
  await db.batch([
    db
      .insert(guesses)
      .values({ subject, failures: 1, failed_at: new Date(now), retry_at: new Date(now) })
      .onConflictDoUpdate({
        target: guesses.subject,
        // What is set is computed from the row as it was.
        set: { failures, failed_at: new Date(now), retry_at: sql`${now} + ${wait}` },
      }),
    db.delete(guesses).where(lt(guesses.failed_at, new Date(now - MEMORY))),
  ])
}

/** The right password: the count is gone. */
export const forgive = (db: Database, userId: number) =>
  db.delete(guesses).where(eq(guesses.subject, ofAccount(userId)))
