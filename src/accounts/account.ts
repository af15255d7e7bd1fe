/** Accounts from outside: registered, signed in to, kept signed in to, and what everybody may know of one. */
import { and, eq, gt, isNull, or, sql, type SQL } from 'drizzle-orm'
import { Problem, type Fault } from '../http/problem.ts'
import { newMailId, requestMail } from '../mail/outbox.ts'
import { insertValues, type Database } from '../store/database.ts'
import { retryIdempotent } from '../store/round-trip.ts'
import { loginAttempts, sessions, users } from '../store/schema.ts'
import { normalizeName } from '../text.ts'
import type { Caller } from './audit.ts'
import {
  recordFailure,
  resetAttempts,
  isAttemptOf,
  accountSubject,
  unknownNameSubject,
  enforceThrottle,
} from './login-throttle.ts'
import { dummyHash, hashPassword, isLegacyHash, needsRehash, rehashPassword, verifyPassword } from './password.ts'
import { requireRegistrationAllowed } from './registration-mode.ts'
import { createSession, issueTokens, isExpired, verifyRefreshToken, rotate } from './session.ts'

/** What an account's owner sees of it. Never the hash: a user's row is always read column by column. */
export const meColumns = {
  id: users.id,
  username: users.username,
  email: users.email,
  email_verified: sql<boolean>`${users.email_verified_at} is not null`.mapWith(Boolean),
  role: users.role,
  created_at: users.created_at,
  updated_at: users.updated_at,
}

/** The tokens of a session, until when it lasts, and whose it is. */
export type Auth = Awaited<ReturnType<typeof issueTokens>> & { expires_at: Date; user: Me }
type Me = Pick<typeof users.$inferSelect, Exclude<keyof typeof meColumns, 'email_verified'>> & {
  email_verified: boolean
}

export type Registration = { username: string; email: string; password: string; invitation?: string | undefined }
type Credentials = { password: string; email?: string | undefined; username?: string | undefined }

/** Makes an account and its first session, and asks for a mail that verifies its address, in one batch. Throws `username-taken` or `email-taken` (409), and as `requireRegistrationAllowed`. */
export async function register(db: Database, caller: Caller, input: Registration, now = Date.now()): Promise<Auth> {
  const { username, email } = input
  requireRegistrationAllowed(caller.config, input, now)
  const [username_normalized, email_normalized] = [normalizeName(username), normalizeName(email)]
  const password_hash = await hashPassword(input.password, caller)
  const at = new Date(now)
  const session = createSession(caller.userAgent, now)
  const mail = { id: newMailId(), purpose: 'verify' as const }

  // A hash has a fresh salt, so the row that holds this one is the row that this batch wrote, or there is none.
  const isOurs = and(eq(users.username_normalized, username_normalized), eq(users.password_hash, password_hash))
  const [[user], , holders] = await db.batch([
    db
      .insert(users)
      .values({
        username,
        username_normalized,
        email,
        email_normalized,
        password_hash,
        last_login_at: at,
        created_at: at,
        updated_at: at,
      })
      .onConflictDoNothing()
      .returning(meColumns),
    insertSession(db, session.row, isOurs),
    selectNameHolders(db, { username_normalized, email_normalized }),
    ...(caller.config.mail ? requestMail(db, caller.config, mail, isOurs, now) : []),
  ])
  if (!user) throw nameTakenProblem(holders, { username_normalized, email_normalized })
  caller.audit('registered', user.id)
  caller.deliver(mail.id)
  const { expires_at } = session.row
  return { ...(await issueTokens(caller, user.id, session.selector, 0, now)), expires_at, user }
}

/** Writes a session for the user that the condition finds; for none, none. A suspended user gets none either. */
const insertSession = (db: Database, row: ReturnType<typeof createSession>['row'], owner: SQL | undefined) =>
  db
    .insert(sessions)
    .select(
      sql`select ${insertValues(sessions, { ...row, user_id: users.id })} from ${users} where ${and(owner, isNull(users.suspended_at))}`,
    )
    .returning({ id: sessions.id })

export type NameKeys = { username_normalized?: string | undefined; email_normalized?: string | null | undefined }

/** The accounts that have one of two names. */
export const selectNameHolders = (db: Database, { username_normalized, email_normalized }: NameKeys, among?: SQL) =>
  db
    .select({ username_normalized: users.username_normalized, email_normalized: users.email_normalized })
    .from(users)
    .where(
      and(
        or(
          username_normalized === undefined ? sql`0` : eq(users.username_normalized, username_normalized),
          email_normalized == null ? sql`0` : eq(users.email_normalized, email_normalized),
        ),
        among,
      ),
    )

/** One problem that names both faults where there are two. */
export function nameTakenProblem(holders: NameKeys[], { username_normalized, email_normalized }: NameKeys): Problem {
  const errors: Fault[] = []
  const isUsername = holders.some((holder) => holder.username_normalized === username_normalized)
  if (isUsername) errors.push({ pointer: '#/username', detail: 'This username is already taken.' })
  if (holders.some((holder) => holder.email_normalized === email_normalized)) {
    errors.push({ pointer: '#/email', detail: 'This e-mail address is already taken.' })
  }
  return new Problem(isUsername ? 'username-taken' : 'email-taken', { errors })
}

/**
 * Begins a session for whoever knows the password. Throws `invalid-credentials` (401), the same for every cause and at
 * the same cost: an unknown user's password is hashed too; `too-many-login-attempts` (429), for an unknown user as well; or
 * `account-suspended` (403) to whoever knows the password.
 */
export async function signIn(
  db: Database,
  caller: Caller,
  input: Credentials,
  now = Date.now(),
  isRetry = false,
): Promise<Auth> {
  const { config, audit } = caller
  const { password, email, username } = input
  const key = normalizeName(email ?? username ?? '')
  const unknownName = unknownNameSubject(config, key)
  const [[found], [attempts]] = await db.batch([
    db
      .select({
        ...meColumns,
        password_hash: users.password_hash,
        suspended_at: users.suspended_at,
        retry_at: loginAttempts.retry_at,
      })
      .from(users)
      .leftJoin(loginAttempts, isAttemptOf(users.id))
      .where(eq(email === undefined ? users.username_normalized : users.email_normalized, key)),
    db.select({ retry_at: loginAttempts.retry_at }).from(loginAttempts).where(eq(loginAttempts.subject, unknownName)),
  ])
  enforceThrottle(found ? found.retry_at : attempts?.retry_at, now, () => audit('login-throttled', found?.id))
  const isCorrect = await verifyPassword(password, found?.password_hash ?? dummyHash(config.pepper), caller)
  if (!found || !isCorrect) {
    // Otherwise a cheap hash of another scheme would tell by its time that the account exists.
    if (found && isLegacyHash(found.password_hash)) await verifyPassword(password, dummyHash(config.pepper), caller)
    audit('login-failed', found?.id)
    await recordFailure(db, found ? accountSubject(found.id) : unknownName, now)
    throw new Problem('invalid-credentials')
  }

  const { password_hash, suspended_at, retry_at: _, ...user } = found
  if (suspended_at) {
    audit('login-suspended', user.id)
    throw new Problem('account-suspended')
  }
  const session = createSession(caller.userAgent, now)
  // The hash is asked for again: a password that was changed meanwhile begins no session.
  const isUnchanged = and(eq(users.id, user.id), eq(users.password_hash, password_hash))
  const rehash = needsRehash(password_hash, config.pepper) && {
    password_hash: await rehashPassword(password, password_hash, caller),
  }
  const [[inserted]] = await db.batch([
    insertSession(db, session.row, isUnchanged),
    resetAttempts(db, user.id),
    db.delete(sessions).where(isExpired(user.id, now)),
    db
      .update(users)
      .set({ last_login_at: new Date(now), ...rehash })
      .where(isUnchanged),
  ])
  // Another sign-in may have made the hash anew meanwhile: then the password is looked at once more.
  if (!inserted && !isRetry) return signIn(db, caller, input, now, true)
  if (!inserted) throw new Problem('invalid-credentials')
  audit('login-succeeded', user.id)
  const { expires_at } = session.row
  return { ...(await issueTokens(caller, user.id, session.selector, 0, now)), expires_at, user }
}

/** A successor for a refresh token. Throws `invalid-refresh-token` (401); one that was used long ago ends its session. */
export async function refresh(db: Database, caller: Caller, token: string, now = Date.now()): Promise<Auth> {
  const { config, audit } = caller
  const read = verifyRefreshToken(config, token)
  if (!read) throw new Problem('invalid-refresh-token')
  const successor = read.counter + 1
  const { counter: at, expires_at: until } = sessions
  // The same token twice is what `rotate` is made for: so a lost answer is asked for again.
  const [[rotated], [stolen], [state]] = await retryIdempotent(() =>
    db.batch([
      ...rotate(db, read, now),
      db
        .select({ ...meColumns, counter: at, expires_at: until })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.user_id))
        .where(and(eq(sessions.id, read.sessionId), gt(until, new Date(now)))),
    ]),
  )
  if (stolen) audit('refresh-reuse', stolen.user_id)
  // Not rotated and yet at the successor: the token before, within its grace.
  if (!state || state.counter !== successor) throw new Problem('invalid-refresh-token')
  const { counter, expires_at, ...user } = state
  if (rotated) audit('refreshed', user.id)
  return { ...(await issueTokens(caller, user.id, read.selector, counter, now)), expires_at, user }
}

/** What everybody may know of an account. Throws `not-found` (404). */
export async function readProfile(db: Database, username: string) {
  const [profile] = await db
    .select({ username: users.username, created_at: users.created_at })
    .from(users)
    .where(eq(users.username_normalized, normalizeName(username)))
  if (!profile) throw new Problem('not-found')
  return profile
}
