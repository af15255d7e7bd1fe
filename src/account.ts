/** Accounts from outside: registered, signed in to, kept signed in to, and what everybody may know of one. */
import { and, eq, gt, or, sql, type SQL } from 'drizzle-orm'
import type { Caller } from './audit.ts'
import { rowOf, type Database } from './db.ts'
import { countFailure, forgive, isGuessOf, ofAccount, ofStranger, refuseHaste } from './guess.ts'
import { hash, isStale, noHash, verify } from './password.ts'
import { Problem, type Fault } from './problem.ts'
import { guesses, sessions, users } from './schema.ts'
import { begin, grant, isOver, readRefreshToken, rotate } from './session.ts'
import { fold } from './text.ts'
import { again } from './trip.ts'

/** What an account's owner sees of it. Never the hash: a user's row is always read column by column. */
export const me = {
  id: users.id,
  username: users.username,
  email: users.email,
  created_at: users.created_at,
  updated_at: users.updated_at,
}

/** The tokens of a session, until when it lasts, and whose it is. */
export type Auth = Awaited<ReturnType<typeof grant>> & { expires_at: Date; user: Me }
type Me = Pick<typeof users.$inferSelect, keyof typeof me>

type Registration = { username: string; email: string; password: string }
type Credentials = { password: string; email?: string | undefined; username?: string | undefined }

/** Makes an account and its first session, in one batch. Throws `username-taken` or `email-taken` (409). */
export async function register(db: Database, caller: Caller, input: Registration, now = Date.now()): Promise<Auth> {
  const { username, email } = input
  const [username_key, email_key] = [fold(username), fold(email)]
  const password_hash = await hash(input.password, caller.config.pepper)
  const at = new Date(now)
  const session = begin(caller.userAgent, now)

  // A hash has a fresh salt, so the row that holds this one is the row that this batch wrote, or there is none.
  const isOurs = and(eq(users.username_key, username_key), eq(users.password_hash, password_hash))
  const [[user], , holders] = await db.batch([
    db
      .insert(users)
      .values({ username, username_key, email, email_key, password_hash, created_at: at, updated_at: at })
      .onConflictDoNothing()
      .returning(me),
    openSession(db, session.row, isOurs),
    holdersOf(db, { username_key, email_key }),
  ])
  if (!user) throw taken(holders, { username_key, email_key })
  caller.audit('registered', user.id)
  const { expires_at } = session.row
  return { ...(await grant(caller.config, user.id, session.handle, 0, now)), expires_at, user }
}

/** Writes a session for the user that the condition finds; for none, none. */
const openSession = (db: Database, row: ReturnType<typeof begin>['row'], owner: SQL | undefined) =>
  db
    .insert(sessions)
    .select(sql`select ${rowOf(sessions, { ...row, user_id: users.id })} from ${users} where ${owner}`)
    .returning({ id: sessions.id })

export type NameKeys = { username_key?: string | undefined; email_key?: string | undefined }

/** The accounts that have one of two names. */
export const holdersOf = (db: Database, { username_key, email_key }: NameKeys, among?: SQL) =>
  db
    .select({ username_key: users.username_key, email_key: users.email_key })
    .from(users)
    .where(
      and(
        or(
          username_key === undefined ? sql`0` : eq(users.username_key, username_key),
          email_key === undefined ? sql`0` : eq(users.email_key, email_key),
        ),
        among,
      ),
    )

/** One problem that names both faults where there are two. */
export function taken(holders: NameKeys[], { username_key, email_key }: NameKeys): Problem {
  const errors: Fault[] = []
  const isUsername = holders.some((holder) => holder.username_key === username_key)
  if (isUsername) errors.push({ pointer: '#/username', detail: 'Somebody has this username.' })
  if (holders.some((holder) => holder.email_key === email_key)) {
    errors.push({ pointer: '#/email', detail: 'Somebody has this e-mail address.' })
  }
  return new Problem(isUsername ? 'username-taken' : 'email-taken', { errors })
}

/**
 * Begins a session for whoever knows the password. Throws `invalid-credentials` (401), the same for every cause and at
 * the same cost: an unknown user's password is hashed too; or `too-many-guesses` (429), for an unknown user as well.
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
  const key = fold(email ?? username ?? '')
  const stranger = ofStranger(config, key)
  const [[found], [guess]] = await db.batch([
    db
      .select({ ...me, password_hash: users.password_hash, retry_at: guesses.retry_at })
      .from(users)
      .leftJoin(guesses, isGuessOf(users.id))
      .where(eq(email === undefined ? users.username_key : users.email_key, key)),
    db.select({ retry_at: guesses.retry_at }).from(guesses).where(eq(guesses.subject, stranger)),
  ])
  refuseHaste(found ? found.retry_at : guess?.retry_at, now, () => audit('login-slowed', found?.id))
  const fits = await verify(password, found?.password_hash ?? noHash(config.pepper), config.pepper)
  if (!found || !fits) {
    audit('login-failed', found?.id)
    await countFailure(db, found ? ofAccount(found.id) : stranger, now)
    throw new Problem('invalid-credentials')
  }

  const { password_hash, retry_at: _, ...user } = found
  const session = begin(caller.userAgent, now)
  // The hash is asked for again: a password that was changed meanwhile begins no session.
  const isUnchanged = and(eq(users.id, user.id), eq(users.password_hash, password_hash))
  const rehash = isStale(password_hash, config.pepper)
    ? [
        db
          .update(users)
          .set({ password_hash: await hash(password, config.pepper) })
          .where(isUnchanged),
      ]
    : []
  const [[opened]] = await db.batch([
    openSession(db, session.row, isUnchanged),
    forgive(db, user.id),
    db.delete(sessions).where(isOver(user.id, now)),
    ...rehash,
  ])
  // Another sign-in may have made the hash anew meanwhile: then the password is looked at once more.
  if (!opened && !isRetry) return signIn(db, caller, input, now, true)
  if (!opened) throw new Problem('invalid-credentials')
  audit('login-ok', user.id)
  const { expires_at } = session.row
  return { ...(await grant(config, user.id, session.handle, 0, now)), expires_at, user }
}

/** A successor for a refresh token. Throws `invalid-refresh-token` (401); one that was used long ago ends its session. */
export async function refresh(db: Database, { config, audit }: Caller, token: string, now = Date.now()): Promise<Auth> {
  const read = readRefreshToken(config, token)
  if (!read) throw new Problem('invalid-refresh-token')
  const successor = read.counter + 1
  const { counter: at, expires_at: until } = sessions
  // The same token twice is what `rotate` is made for: so a lost answer is asked for again.
  const [[rotated], [stolen], [state]] = await again(() =>
    db.batch([
      ...rotate(db, read, now),
      db
        .select({ ...me, counter: at, expires_at: until })
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
  return { ...(await grant(config, user.id, read.handle, counter, now)), expires_at, user }
}

/** What everybody may know of an account. Throws `not-found` (404). */
export async function readProfile(db: Database, username: string) {
  const [profile] = await db
    .select({ username: users.username, created_at: users.created_at })
    .from(users)
    .where(eq(users.username_key, fold(username)))
  if (!profile) throw new Problem('not-found')
  return profile
}
