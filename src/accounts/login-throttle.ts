/**
 * The login throttle (NIST SP 800-63B-4 §3.2.2): consecutive failed attempts delay the next one.
 *
 * An attempt is counted before the password is verified, by one conditional upsert, so that parallel attempts cannot
 * pass together. A success resets the failures of its network. Sign-in has two counts: one for the typed name and the
 * client's network, and one for the typed name over all networks. A name is counted whether or not an account has it.
 * The second count does not apply to known networks of the account, so others cannot lock its owner out.
 */
import { and, eq, exists, gt, inArray, max, ne, not, notExists, or, sql, type SQL } from 'drizzle-orm'
import type { Config } from '../config.ts'
import { Problem } from '../http/problem.ts'
import { macOf } from '../mac.ts'
import { insertValues, type Database } from '../store/database.ts'
import { loginAttempts } from '../store/schema.ts'
import { isKnownNetwork } from './known-networks.ts'
import { normalizeTypedName, type TypedName } from './username.ts'

/** The number of consecutive failures without a delay: for a name and a network, and for a name. */
const FREE_PER_NETWORK = 9
const FREE_PER_NAME = 99

/** The first and the longest delay in milliseconds. The delay doubles with each failure. */
const FIRST_DELAY = 10_000
const MAX_DELAY = 900_000

/** The count starts again this long after the last failure, in milliseconds. */
export const RESET_AFTER = 24 * 3600 * 1000

const { subject, failures, failed_at, retry_at, nonce } = loginAttempts

/** The key of a count, as a keyed digest: the database has neither names nor addresses of failed attempts. */
const subjectOf = ({ keys }: Config, ...parts: string[]) =>
  macOf(keys.throttle, JSON.stringify(parts)).toBase64({ alphabet: 'base64url', omitPadding: true })

/** One attempt to sign in. `nonce` identifies the attempt in the row that counted it. */
export type SignInAttempt = { name: TypedName; network: string; nonce: string }

/** The subjects of the two counts of a sign-in. */
export function signInSubjects(config: Config, { name, network }: Omit<SignInAttempt, 'nonce'>) {
  const typed = normalizeTypedName(name)
  return {
    perNetwork: subjectOf(config, 'name and network', typed, network),
    perName: subjectOf(config, 'name', typed),
  }
}

/** The subject of `current_password` in requests of a signed-in user. */
export const sessionSubject = (config: Config, userId: number) => subjectOf(config, 'current password', String(userId))

/**
 * The statements that count a sign-in attempt: in both counts, or in neither if one of them requires a wait. The second
 * statement returns a row if the attempt is allowed. The third returns the time of the next allowed attempt.
 */
export function countSignIn(db: Database, config: Config, attempt: SignInAttempt, now: number) {
  const { perNetwork, perName } = signInSubjects(config, attempt)
  const isKnown = isKnownNetwork(db, config, attempt, now)
  const found = (condition: SQL | undefined) => db.select({ subject }).from(loginAttempts).where(condition)
  const networkWaits = found(and(eq(subject, perNetwork), gt(retry_at, new Date(now)), ne(nonce, attempt.nonce)))
  const nameCounted = found(and(eq(subject, perName), eq(nonce, attempt.nonce)))
  const ofName = { subject: perName, nonce: attempt.nonce, free: FREE_PER_NAME }
  const ofNetwork = { subject: perNetwork, nonce: attempt.nonce, free: FREE_PER_NETWORK }
  return [
    countAttempt(db, ofName, now, and(not(isKnown), notExists(networkWaits))),
    countAttempt(db, ofNetwork, now, or(isKnown, exists(nameCounted))),
    db
      .select({ retry_at: max(retry_at) })
      .from(loginAttempts)
      .where(or(eq(subject, perNetwork), and(eq(subject, perName), not(isKnown)))),
  ] as const
}

/**
 * Counts one attempt if no delay of the subject is running and the condition is true. Returns the subject if it was
 * counted. After a success, `resetSignIn` or `resetCurrentPassword` resets the count.
 */
function countAttempt(
  db: Database,
  counted: { subject: string; nonce: string; free: number },
  now: number,
  condition: SQL | undefined,
) {
  const { free } = counted
  const increased = sql`case when ${failed_at} < ${now - RESET_AFTER} then 1 else ${failures} + 1 end`
  const doublings = sql`min(${increased} - ${free + 1}, 10)`
  const delay = sql`min(${FIRST_DELAY} * (1 << ${doublings}), ${MAX_DELAY})`
  // Without a delay it is 0 and not `now`: a parallel attempt can have an earlier clock.
  const next = sql`case when ${increased} > ${free} then ${now} + ${delay} else 0 end`
  // The statement is repeated if its response was lost: the same attempt counts once.
  const isRepeated = sql`${nonce} = ${counted.nonce}`
  const [at, row] = [new Date(now), { subject: counted.subject, nonce: counted.nonce, failures: 1 }]
  return db
    .insert(loginAttempts)
    .select(
      sql`select ${insertValues(loginAttempts, { ...row, failed_at: at, retry_at: new Date(0) })} where ${condition ?? sql`1`}`,
    )
    .onConflictDoUpdate({
      target: subject,
      // The new values are computed from the previous row.
      set: {
        failures: sql`case when ${isRepeated} then ${failures} else ${increased} end`,
        failed_at: at,
        retry_at: sql`case when ${isRepeated} then ${retry_at} else ${next} end`,
        nonce: counted.nonce,
      },
      setWhere: sql`${retry_at} <= ${now} or ${isRepeated}`,
    })
    .returning({ subject })
}

/**
 * The statements after a correct password. They reset the failures of the network (NIST SP 800-63B-4 §3.2.2), also in
 * the count of the name. Failures of other networks still count: otherwise each sign-in of the owner would give an
 * attacker 99 more attempts. They must run before `rememberNetwork`.
 */
export function resetSignIn(db: Database, config: Config, attempt: SignInAttempt, now: number) {
  const { perNetwork, perName } = signInSubjects(config, attempt)
  const ofNetwork = sql`coalesce((select n.failures from ${loginAttempts} n where n.subject = ${perNetwork}), 0)`
  const remaining = sql`max(${failures} - ${ofNetwork}, 0)`
  return [
    db
      .update(loginAttempts)
      .set({
        failures: remaining,
        retry_at: sql`case when ${remaining} > ${FREE_PER_NAME} then ${retry_at} else 0 end`,
      })
      // Attempts of a known network are not in the count of the name.
      .where(and(eq(subject, perName), not(isKnownNetwork(db, config, attempt, now)))),
    db.delete(loginAttempts).where(or(eq(subject, perNetwork), and(eq(subject, perName), eq(failures, 0)))),
  ] as const
}

/**
 * The statements that count an attempt with `current_password`. The first returns a row if the attempt is allowed. The
 * second returns the time of the next allowed attempt.
 */
export function countCurrentPassword(
  db: Database,
  config: Config,
  userId: number,
  attemptNonce: string,
  now: number,
  condition: SQL | undefined,
) {
  const counted = { subject: sessionSubject(config, userId), nonce: attemptNonce, free: FREE_PER_NETWORK }
  return [
    countAttempt(db, counted, now, condition),
    db
      .select({ retry_at: max(retry_at) })
      .from(loginAttempts)
      .where(eq(subject, counted.subject)),
  ] as const
}

/** Resets the count after a correct `current_password`. */
export const resetCurrentPassword = (db: Database, config: Config, userId: number) =>
  db.delete(loginAttempts).where(eq(subject, sessionSubject(config, userId)))

/** Resets all counts after a password reset: of the account's names, of this network, and of `current_password`. */
export function resetAllAttempts(
  db: Database,
  config: Config,
  userId: number,
  { username, email }: { username: string; email: string | null },
  network: string,
) {
  const subjects = [username, email ?? ''].flatMap((name) =>
    Object.values(signInSubjects(config, { name: { username: name }, network })),
  )
  return db.delete(loginAttempts).where(inArray(subject, [sessionSubject(config, userId), ...subjects]))
}

/** `too-many-login-attempts` (429) with the number of seconds to wait. */
export function throttled(retryAt: Date | null | undefined, now: number): Problem {
  const seconds = Math.max(1, Math.ceil(((retryAt?.getTime() ?? now) - now) / 1000))
  return new Problem('too-many-login-attempts', { headers: { 'Retry-After': String(seconds) } })
}
