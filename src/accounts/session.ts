/**
 * Sessions: created at sign-in, continued by refresh tokens, ended by their user, by expiry or by a reused token.
 *
 * A refresh token is `selector.counter.MAC`. The database has a digest of the selector and the counter, so nothing in it
 * is part of a token. The MAC uses a key of the service, so a forged token never reaches the database.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { and, desc, eq, exists, gt, lte, ne, notInArray, or, sql, type SQL } from 'drizzle-orm'
import type { Config, Keys } from '../config.ts'
import type { CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import { macOf } from '../mac.ts'
import { insertValues, type Database } from '../store/database.ts'
import { retryIdempotent } from '../store/round-trip.ts'
import { sessions, users } from '../store/schema.ts'
import type { Bindable, Builder } from '../store/statement.ts'
import { ACCESS_TOKEN_SECONDS, issueAccessToken } from './access-token.ts'
import type { Caller } from './audit.ts'

/** The maximum lifetime of a session in milliseconds, counted from sign-in. */
const LIFETIME = 30 * 24 * 3600 * 1000

/**
 * The time after a rotation in which the previous token gets the same successor, in milliseconds. It is for a second tab
 * and for a lost response. It must be well below the lifetime of an access token: the theft of a refresh token that is
 * used within this time is detected only when its owner refreshes next.
 */
const ROTATION_GRACE = 2 * 60_000

/** The same for a request with the `Idempotency-Key` of the rotation, in milliseconds. */
const REPLAY_WINDOW = 24 * 3600 * 1000

/** The maximum number of sessions of an account. A new session beyond it ends the oldest one. */
export const MAX_SESSIONS = 100

type NewSession = Omit<typeof sessions.$inferSelect, 'user_id'>

/** A new session. It is active once its row is written. */
export function createSession(userAgent: string | undefined, now: number): { selector: string; row: NewSession } {
  const selector = base64url(crypto.getRandomValues(new Uint8Array(16)))
  const row = {
    id: sessionIdOf(selector),
    counter: 0,
    rotation_key: null,
    user_agent: userAgent?.slice(0, 512).toWellFormed() ?? null,
    created_at: new Date(now),
    last_used_at: new Date(now),
    reauthenticated_at: new Date(now),
    expires_at: new Date(now + LIFETIME),
  }
  return { selector, row }
}

/** Writes a session for the user that the condition finds, if there is one. */
export const insertSession = (db: Database, row: NewSession, owner: SQL | undefined) =>
  db
    .insert(sessions)
    .select(sql`select ${insertValues(sessions, { ...row, user_id: users.id })} from ${users} where ${owner}`)
    .returning({ id: sessions.id })

/** The condition of every statement for a signed-in user: the session exists, belongs to the user and has not expired. */
export const isActive = ({ userId, sessionId }: BindableUser, now: Bindable<number>) =>
  and(eq(sessions.id, sessionId), eq(sessions.user_id, userId), sql`${sessions.expires_at} > ${now}`)

/** The current user, or the placeholders that stand for them in a compiled statement. */
export type BindableUser = { userId: Bindable<number>; sessionId: Bindable<string> }

/**
 * The same condition for a statement about another table. With the `+`, SQLite evaluates it once. Without it, SQLite makes
 * a join of it and reads the session for each row of a list.
 */
export const hasActiveSession = (db: Pick<Builder, 'select'>, currentUser: BindableUser, now: Bindable<number>) =>
  sql`+${exists(db.select({ id: sessions.id }).from(sessions).where(isActive(currentUser, now)))}`

/** For a statement that matched nothing. Throws `invalid-token` (401) if the session is not active. */
export async function requireActiveSession(db: Database, currentUser: CurrentUser, now: number): Promise<void> {
  const rows = await db.select({ id: sessions.id }).from(sessions).where(isActive(currentUser, now))
  if (rows.length === 0) throw new Problem('invalid-token')
}

/** The pair of tokens for a session (RFC 6749 §5.1). */
export async function issueTokens(
  { config, lifetime = ACCESS_TOKEN_SECONDS }: Pick<Caller, 'config' | 'lifetime'>,
  userId: number,
  selector: string,
  counter: number,
  now: number,
) {
  return {
    access_token: await issueAccessToken(config, { userId, sessionId: sessionIdOf(selector) }, now, lifetime),
    token_type: 'Bearer' as const,
    expires_in: lifetime,
    refresh_token: `${selector}.${counter}.${sign(config.keys, selector, counter)}`,
  }
}

export type RefreshToken = { selector: string; sessionId: string; counter: number }

/** The parts of a refresh token, or null if this service did not issue it. */
export function verifyRefreshToken(config: Config, token: string): RefreshToken | null {
  const [, selector, digits, mac] = /^([\w-]{22})\.(0|[1-9]\d{0,9})\.([\w-]{43})$/.exec(token) ?? []
  if (!selector || !digits || !mac) return null
  const counter = Number(digits)
  const isOurs = config.acceptedKeys.some((keys) => isEqual(sign(keys, selector, counter), mac))
  return isOurs ? { selector, sessionId: sessionIdOf(selector), counter } : null
}

/** A digest of the `Idempotency-Key` of a refresh. The selector is secret, so the key cannot be guessed from it. */
export const rotationKeyDigest = ({ selector }: RefreshToken, key: string) =>
  base64url(sha256(utf8ToBytes(`${selector}.${key}`)))

/**
 * The statements of one rotation. The counter is incremented if it equals that of the token. A token older than the
 * previous one was stolen and ends the session. After the grace period the previous token ends the session too, unless
 * the request repeats the `Idempotency-Key` of the rotation.
 */
export function rotate(db: Database, { sessionId, counter }: RefreshToken, rotation_key: string | null, now: number) {
  const isCurrent = and(
    eq(sessions.id, sessionId),
    eq(sessions.counter, counter),
    gt(sessions.expires_at, new Date(now)),
  )
  const isReplay =
    rotation_key === null
      ? sql`0`
      : sql`coalesce(${sessions.rotation_key} = ${rotation_key}, 0) and ${sessions.last_used_at} > ${now - REPLAY_WINDOW}`
  const isReuse = and(
    eq(sessions.id, sessionId),
    or(
      gt(sessions.counter, counter + 1),
      and(
        eq(sessions.counter, counter + 1),
        lte(sessions.last_used_at, new Date(now - ROTATION_GRACE)),
        sql`not (${isReplay})`,
      ),
    ),
  )
  return [
    db
      .update(sessions)
      .set({ counter: counter + 1, rotation_key, last_used_at: new Date(now) })
      .where(isCurrent)
      .returning({ counter: sessions.counter }),
    db.delete(sessions).where(isReuse).returning({ user_id: sessions.user_id }),
  ] as const
}

/** Ends a session of the current user. Throws `not-found` (404), or `invalid-token` (401) if the current session has ended. */
export async function revokeSession(
  db: Database,
  { audit }: Caller,
  currentUser: CurrentUser,
  id: string,
  now = Date.now(),
): Promise<void> {
  const isOwn = and(
    eq(sessions.id, id),
    eq(sessions.user_id, currentUser.userId),
    gt(sessions.expires_at, new Date(now)),
  )
  const revoked = await db
    .delete(sessions)
    .where(and(isOwn, hasActiveSession(db, currentUser, now)))
    .returning({ id: sessions.id })
  if (revoked.length > 0) return audit(id === currentUser.sessionId ? 'logout' : 'session-revoked', currentUser.userId)
  await requireActiveSession(db, currentUser, now)
  throw new Problem('not-found')
}

/** Ends every other session of the current user. Throws `invalid-token` (401) if the current session has ended. */
export async function revokeOtherSessions(
  db: Database,
  { audit }: Caller,
  currentUser: CurrentUser,
  now = Date.now(),
): Promise<void> {
  const [, mine] = await retryIdempotent(() =>
    db.batch([
      db
        .delete(sessions)
        .where(and(otherSessions(currentUser), hasActiveSession(db, currentUser, now)))
        .returning({ id: sessions.id }),
      db.select({ id: sessions.id }).from(sessions).where(isActive(currentUser, now)),
    ]),
  )
  if (mine.length === 0) throw new Problem('invalid-token')
  audit('session-revoked', currentUser.userId)
}

/** The condition of the current user's other sessions. */
export const otherSessions = ({ userId, sessionId }: CurrentUser) =>
  and(eq(sessions.user_id, userId), ne(sessions.id, sessionId))

/** Deletes the expired sessions of a user. */
export const deleteExpired = (db: Database, userId: number, now: number) =>
  db.delete(sessions).where(and(eq(sessions.user_id, userId), lte(sessions.expires_at, new Date(now))))

/** Deletes the sessions of a user beyond the maximum number, the least recently used first. Returns their ids. */
export function deleteOldest(db: Database, userId: number) {
  const newest = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(eq(sessions.user_id, userId))
    .orderBy(desc(sessions.last_used_at), desc(sessions.created_at), sessions.id)
    .limit(MAX_SESSIONS)
  return db
    .delete(sessions)
    .where(and(eq(sessions.user_id, userId), notInArray(sessions.id, newest)))
    .returning({ id: sessions.id })
}

/** The id of a session in the database and in access tokens: a digest of the selector in the refresh token. */
const sessionIdOf = (selector: string) => base64url(sha256(utf8ToBytes(selector)).slice(0, 16))

const sign = (keys: Keys, selector: string, counter: number) => base64url(macOf(keys.refresh, `${selector}.${counter}`))

/** Compares in constant time. Both strings are ASCII and have the same length. */
const isEqual = (a: string, b: string) => crypto.subtle.timingSafeEqual(utf8ToBytes(a), utf8ToBytes(b))

const base64url = (bytes: Uint8Array) => bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
