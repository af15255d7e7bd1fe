/** Sign-in with a password, and refresh with a refresh token. */
import { and, desc, eq, gt, isNull, not, sql } from 'drizzle-orm'
import { Problem } from '../http/problem.ts'
import { newMailId, notify } from '../mail/outbox.ts'
import type { Database } from '../store/database.ts'
import { retryIdempotent } from '../store/round-trip.ts'
import { sessions, users } from '../store/schema.ts'
import { meColumns, type Auth } from './account.ts'
import type { Caller } from './audit.ts'
import { normalizeEmail } from './email-address.ts'
import { hasSignedInFrom, rememberNetwork, renewNetwork } from './known-networks.ts'
import { countSignIn, resetSignIn, throttled } from './login-throttle.ts'
import { dummyHash, isLegacyHash, needsRehash, rehashPassword, verifyPassword } from './password.ts'
import {
  createSession,
  deleteExpired,
  deleteOldest,
  insertSession,
  issueTokens,
  rotate,
  rotationKeyDigest,
  verifyRefreshToken,
} from './session.ts'
import { hasTypedName, type TypedName } from './username.ts'

export type Credentials = TypedName & { password: string }

/**
 * Starts a session. Throws `invalid-credentials` (401), with the same response and cost for every cause: the password for
 * an unknown name is hashed too. Throws `too-many-login-attempts` (429) for known and unknown names alike, and
 * `account-suspended` (403) after a correct password. With `SIGN_IN_NOTICES=on`, a sign-in from a new network sends a
 * notice to a verified address.
 */
export async function signIn(
  db: Database,
  caller: Caller,
  input: Credentials,
  now = Date.now(),
  isRetry = false,
): Promise<Auth> {
  const { config, audit, network } = caller
  const { password } = input
  const isKnown = hasSignedInFrom(db, caller, now)
  const attempt = { name: input, network, nonce: crypto.randomUUID() }
  // A repeated batch counts the attempt once.
  const [, counted, [wait], [found]] = await retryIdempotent(() =>
    db.batch([
      ...countSignIn(db, config, attempt, now),
      db
        .select({
          ...meColumns,
          password_hash: users.password_hash,
          suspended_at: users.suspended_at,
          is_known: sql<boolean>`${isKnown}`.mapWith(Boolean).as('is_known'),
        })
        .from(users)
        .where(hasTypedName(input))
        // An imported username can equal the address of another account; the address has priority.
        .orderBy(desc(eq(users.email_normalized, normalizeEmail(input.email ?? input.username ?? ''))))
        .limit(1),
    ]),
  )
  if (counted.length === 0) {
    audit('login-throttled', found?.id)
    throw throttled(wait?.retry_at, now)
  }
  const isCorrect = await verifyPassword(password, found?.password_hash ?? dummyHash(config.pepper), caller)
  if (!found || !isCorrect) {
    // A legacy hash is cheaper than a new one, and the time would reveal that the account exists.
    if (found && isLegacyHash(found.password_hash)) await verifyPassword(password, dummyHash(config.pepper), caller)
    audit('login-failed', found?.id)
    throw new Problem('invalid-credentials')
  }

  const { password_hash, suspended_at, is_known, ...user } = found
  if (suspended_at) {
    audit('login-suspended', user.id)
    throw new Problem('account-suspended')
  }
  const session = createSession(caller.userAgent, now)
  // If the password was changed or the user was suspended meanwhile, no session starts.
  const isUnchanged = and(eq(users.id, user.id), eq(users.password_hash, password_hash), isNull(users.suspended_at))
  const rehash = needsRehash(password_hash, config.pepper) && {
    password_hash: await rehashPassword(password, password_hash, caller),
  }
  const notice = { id: newMailId(), purpose: 'new-sign-in' as const }
  // An unverified address may belong to another person.
  const isNoticed = config.signInNotices && user.email_verified && !is_known
  const [[inserted], , evicted] = await db.batch([
    insertSession(db, session.row, isUnchanged),
    deleteExpired(db, user.id, now),
    deleteOldest(db, user.id),
    ...resetSignIn(db, config, attempt, now),
    // Checked again, so that only the first of concurrent sign-ins from one network sends a notice.
    ...(isNoticed ? notify(db, notice, and(isUnchanged, not(isKnown)), now) : []),
    rememberNetwork(db, caller, isUnchanged, now),
    db
      .update(users)
      .set({ last_login_at: new Date(now), ...rehash })
      .where(isUnchanged),
  ])
  // Another sign-in may have replaced the hash: verify the password again. A suspended user gets the error.
  if (!inserted && !isRetry) return signIn(db, caller, input, now, true)
  if (!inserted) throw new Problem('invalid-credentials')
  audit('login-succeeded', user.id)
  if (isNoticed) caller.deliver(notice.id)
  if (evicted.length > 0) audit('session-evicted', user.id)
  const tokens = await issueTokens(caller, user.id, session.selector, 0, now)
  return { ...tokens, expires_at: session.row.expires_at, user }
}

/**
 * Exchanges a refresh token for new tokens. The previous token gets the same tokens again: for 2 minutes, or for a day
 * with the `Idempotency-Key` of its rotation. Throws `invalid-refresh-token` (401). An older token ends its session.
 */
export async function refresh(
  db: Database,
  caller: Caller,
  token: string,
  key: string | undefined,
  now = Date.now(),
): Promise<Auth> {
  const { config, audit } = caller
  const verified = verifyRefreshToken(config, token)
  if (!verified) throw new Problem('invalid-refresh-token')
  const successor = verified.counter + 1
  const rotationKey = key === undefined ? null : rotationKeyDigest(verified, key)
  // A rotation is idempotent: the previous token gets the same successor.
  const [[rotated], [stolen], [state]] = await retryIdempotent(() =>
    db.batch([
      ...rotate(db, verified, rotationKey, now),
      db
        .select({ ...meColumns, counter: sessions.counter, expires_at: sessions.expires_at })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.user_id))
        .where(and(eq(sessions.id, verified.sessionId), gt(sessions.expires_at, new Date(now)))),
      renewNetwork(db, caller, verified.sessionId, now),
    ]),
  )
  if (stolen) audit('refresh-reuse', stolen.user_id)
  // The counter is that of the successor, so the token is the previous one.
  if (!state || state.counter !== successor) throw new Problem('invalid-refresh-token')
  const { counter, expires_at, ...user } = state
  if (rotated) audit('refreshed', user.id)
  return { ...(await issueTokens(caller, user.id, verified.selector, counter, now)), expires_at, user }
}
