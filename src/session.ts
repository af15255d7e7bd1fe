/** Sessions: begun at sign-in, carried by the tokens that are granted for them, and what "alive" means. */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { and, eq, gt } from 'drizzle-orm'
import type { Config } from './env.ts'
import { sessions } from './schema.ts'
import { ACCESS_TOKEN_SECONDS, issue, type Subject } from './token.ts'

/** A session ends this long after sign-in, whatever happens, in milliseconds. */
export const SESSION_LIFETIME = 30 * 24 * 3600 * 1000

const SESSION_ID_BYTES = 16

/** Who is asking: the user and the session that a checked access token names. */
export type Viewer = Subject

export type NewSession = typeof sessions.$inferSelect

/** A session for a user whose id the database knows. It is alive once its row is written. */
export function begin(userAgent: string | undefined, now = Date.now()): Omit<NewSession, 'user_id'> {
  return {
    id: base64url(crypto.getRandomValues(new Uint8Array(SESSION_ID_BYTES))),
    counter: 0,
    user_agent: userAgent?.slice(0, 512) ?? null,
    created_at: new Date(now),
    last_used_at: new Date(now),
    expires_at: new Date(now + SESSION_LIFETIME),
  }
}

/** The condition that a statement for a signed-in user carries: the session is there, is the user's, and is not over. */
export const isAlive = ({ userId, sessionId }: Viewer, now = Date.now()) =>
  and(eq(sessions.id, sessionId), eq(sessions.user_id, userId), gt(sessions.expires_at, new Date(now)))

/** The pair of tokens for a session (RFC 6749 §5.1). */
export async function grant(config: Config, subject: Subject, counter: number, now = Date.now()) {
  return {
    access_token: await issue(config, subject, now),
    token_type: 'Bearer' as const,
    expires_in: ACCESS_TOKEN_SECONDS,
    refresh_token: refreshToken(config, subject.sessionId, counter),
  }
}

/** `session.counter.MAC`: the store keeps the first two, and without the key nobody makes the third. */
function refreshToken(config: Config, sessionId: string, counter: number): string {
  const unsigned = `${sessionId}.${counter}`
  return `${unsigned}.${base64url(hmac(sha256, config.keys.refresh, utf8ToBytes(unsigned)))}`
}

const base64url = (bytes: Uint8Array) => bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
