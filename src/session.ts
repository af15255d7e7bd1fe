/**
 * Sessions: begun at sign-in, carried on by refresh tokens, ended by their owner, by time or by a stolen token; and
 * what "alive" means.
 *
 * A refresh token is `handle.counter.MAC`. The store has a digest of the handle and the counter, so nothing in it is a
 * part of a token or makes one; the MAC is keyed by the service's secret, and one that was made up never gets as far as
 * the store.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { and, desc, eq, exists, gt, lte, ne, or } from 'drizzle-orm'
import type { Caller } from './audit.ts'
import type { Database } from './db.ts'
import type { Config, Keys } from './env.ts'
import { Problem } from './problem.ts'
import { sessions } from './schema.ts'
import { ACCESS_TOKEN_SECONDS, issue, type Subject } from './token.ts'
import { again } from './trip.ts'

/** A session ends this long after sign-in, whatever happens, in milliseconds. */
const LIFETIME = 30 * 24 * 3600 * 1000

/** For so long after a rotation the token before still gets the same successor (two tabs, a lost answer), in milliseconds. */
const GRACE = 30_000

/** Who is asking: the user and the session that a checked access token names. */
export type Viewer = Subject

type NewSession = Omit<typeof sessions.$inferSelect, 'user_id'>

/** A session for a user whose id the database knows. It is alive once its row is written. */
export function begin(userAgent: string | undefined, now: number): { handle: string; row: NewSession } {
  const handle = base64url(crypto.getRandomValues(new Uint8Array(16)))
  const row = {
    id: idOf(handle),
    counter: 0,
    user_agent: userAgent?.slice(0, 512).toWellFormed() ?? null,
    created_at: new Date(now),
    last_used_at: new Date(now),
    expires_at: new Date(now + LIFETIME),
  }
  return { handle, row }
}

/** The condition that a statement for a signed-in user carries: the session is there, is the user's, and is not over. */
export const isAlive = ({ userId, sessionId }: Viewer, now: number) =>
  and(eq(sessions.id, sessionId), eq(sessions.user_id, userId), gt(sessions.expires_at, new Date(now)))

/** The same as a condition of a statement about another table. */
export const hasSession = (db: Database, viewer: Viewer, now: number) =>
  exists(db.select({ id: sessions.id }).from(sessions).where(isAlive(viewer, now)))

/** For a statement that found nothing: throws `invalid-token` (401) if that is because the session is over. */
export async function requireSession(db: Database, viewer: Viewer, now: number): Promise<void> {
  const rows = await db.select({ id: sessions.id }).from(sessions).where(isAlive(viewer, now))
  if (rows.length === 0) throw new Problem('invalid-token')
}

/** The pair of tokens for a session (RFC 6749 §5.1). */
export async function grant(config: Config, userId: number, handle: string, counter: number, now: number) {
  return {
    access_token: await issue(config, { userId, sessionId: idOf(handle) }, now),
    token_type: 'Bearer' as const,
    expires_in: ACCESS_TOKEN_SECONDS,
    refresh_token: `${handle}.${counter}.${seal(config.keys, handle, counter)}`,
  }
}

export type RefreshToken = { handle: string; sessionId: string; counter: number }

/** What a refresh token says, or null where this service did not make it. */
export function readRefreshToken(config: Config, token: string): RefreshToken | null {
  const [, handle, digits, mac] = /^([\w-]{22})\.(0|[1-9]\d{0,9})\.([\w-]{43})$/.exec(token) ?? []
  if (!handle || !digits || !mac) return null
  const counter = Number(digits)
  const isOurs = config.acceptedKeys.some((keys) => isEqual(seal(keys, handle, counter), mac))
  return isOurs ? { handle, sessionId: idOf(handle), counter } : null
}

/**
 * One rotation as the statements of a batch: the counter moves if it is where the token says; a token that is older
 * than the one before, or older than the grace, was stolen, and ends the session.
 */
export function rotate(db: Database, { sessionId, counter }: RefreshToken, now: number) {
  const isCurrent = and(
    eq(sessions.id, sessionId),
    eq(sessions.counter, counter),
    gt(sessions.expires_at, new Date(now)),
  )
  const isReuse = and(
    eq(sessions.id, sessionId),
    or(
      gt(sessions.counter, counter + 1),
      and(eq(sessions.counter, counter + 1), lte(sessions.last_used_at, new Date(now - GRACE))),
    ),
  )
  return [
    db
      .update(sessions)
      .set({ counter: counter + 1, last_used_at: new Date(now) })
      .where(isCurrent)
      .returning({ counter: sessions.counter }),
    db.delete(sessions).where(isReuse).returning({ user_id: sessions.user_id }),
  ] as const
}

/** Ends one session of the viewer's. Throws `not-found` (404), or `invalid-token` (401) where the viewer's own is over. */
export async function end(
  db: Database,
  { audit }: Caller,
  viewer: Viewer,
  id: string,
  now = Date.now(),
): Promise<void> {
  const isMine = and(eq(sessions.id, id), eq(sessions.user_id, viewer.userId), gt(sessions.expires_at, new Date(now)))
  const ended = await db
    .delete(sessions)
    .where(and(isMine, hasSession(db, viewer, now)))
    .returning({ id: sessions.id })
  if (ended.length > 0) return audit(id === viewer.sessionId ? 'logout' : 'session-revoked', viewer.userId)
  await requireSession(db, viewer, now)
  throw new Problem('not-found')
}

/** Ends every session of the viewer's but this one. Throws `invalid-token` (401) where this one is over. */
export async function endOthers(db: Database, { audit }: Caller, viewer: Viewer, now = Date.now()): Promise<void> {
  const [, mine] = await again(() =>
    db.batch([
      db
        .delete(sessions)
        .where(and(others(viewer), hasSession(db, viewer, now)))
        .returning({ id: sessions.id }),
      db.select({ id: sessions.id }).from(sessions).where(isAlive(viewer, now)),
    ]),
  )
  if (mine.length === 0) throw new Problem('invalid-token')
  audit('session-revoked', viewer.userId)
}

/** The viewer's other sessions. */
export const others = ({ userId, sessionId }: Viewer) => and(eq(sessions.user_id, userId), ne(sessions.id, sessionId))

/** The viewer's sessions, the last used first. Throws `invalid-token` (401) where this one is over. */
export async function listSessions(db: Database, viewer: Viewer, now = Date.now()) {
  const { id, user_agent, created_at, last_used_at, expires_at } = sessions
  const rows = await db
    .select({ id, user_agent, created_at, last_used_at, expires_at })
    .from(sessions)
    .where(and(eq(sessions.user_id, viewer.userId), gt(expires_at, new Date(now)), hasSession(db, viewer, now)))
    .orderBy(desc(last_used_at), id)
  if (rows.length === 0) throw new Problem('invalid-token')
  return rows.map((row) => Object.assign(row, { current: row.id === viewer.sessionId }))
}

/** A user's sessions that time has ended: nobody asks for them again. */
export const isOver = (userId: number, now: number) =>
  and(eq(sessions.user_id, userId), lte(sessions.expires_at, new Date(now)))

/** What the store and the access token call a session that a refresh token names by its handle. */
const idOf = (handle: string) => base64url(sha256(utf8ToBytes(handle)).slice(0, 16))

const seal = (keys: Keys, handle: string, counter: number) =>
  base64url(hmac(sha256, keys.refresh, utf8ToBytes(`${handle}.${counter}`)))

/** In constant time; both are ASCII of one length. */
const isEqual = (a: string, b: string) => crypto.subtle.timingSafeEqual(utf8ToBytes(a), utf8ToBytes(b))

const base64url = (bytes: Uint8Array) => bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
