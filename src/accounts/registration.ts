/** Registration: an account and its first session. */
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { and, eq, gt, isNull, notExists, sql } from 'drizzle-orm'
import { Problem } from '../http/problem.ts'
import { newMailId, requestMail } from '../mail/outbox.ts'
import { insertValues, type Database } from '../store/database.ts'
import { users } from '../store/schema.ts'
import { normalizeName } from '../text.ts'
import { meColumns, nameTakenProblem, selectNameHolders, type Auth } from './account.ts'
import type { Caller } from './audit.ts'
import { normalizeEmail } from './email-address.ts'
import { rememberNetwork } from './known-networks.ts'
import { hashPassword, verifyPassword } from './password.ts'
import { requireRegistrationAllowed } from './registration-mode.ts'
import { createSession, deleteOldest, insertSession, issueTokens } from './session.ts'

export type Registration = { username: string; email: string; password: string; invitation?: string | null | undefined }

/** A repeated registration with the same `Idempotency-Key` signs in for this long, in milliseconds. */
const REPLAY_WINDOW = 24 * 3600 * 1000

/**
 * Creates an account and its first session, in one batch. With an `Idempotency-Key`, a repeated request signs in to the
 * account that the first one created. Throws `username-taken`, `email-taken` (409), or as `replay`.
 */
export async function register(
  db: Database,
  caller: Caller,
  input: Registration,
  key?: string,
  now = Date.now(),
): Promise<Auth & { isReplayed: boolean }> {
  const { username, email, password } = input
  requireRegistrationAllowed(caller.config, input, now)
  const names = { username_normalized: normalizeName(username), email_normalized: normalizeEmail(email) }
  const registration_key = key === undefined ? null : keyDigest(key, names)
  const password_hash = await hashPassword(password, caller)
  const at = new Date(now)
  const session = createSession(caller.userAgent, now)

  // A hash has a new salt: the row with this hash was written by this batch.
  const isOurs = and(eq(users.username_normalized, names.username_normalized), eq(users.password_hash, password_hash))
  const times = { last_login_at: at, created_at: at, updated_at: at }
  const row = { username, email, ...names, password_hash, registration_key, ...times }
  const mail = { id: newMailId(), purpose: 'verify' as const }
  const taken = selectNameHolders(db, names, now)
  const [[user], , holders, [replayable]] = await db.batch([
    db
      .insert(users)
      .select(sql`select ${insertValues(users, row)} where ${notExists(taken)}`)
      .onConflictDoNothing()
      .returning(meColumns),
    insertSession(db, session.row, isOurs),
    taken,
    db
      .select({ ...meColumns, password_hash: users.password_hash, suspended_at: users.suspended_at })
      .from(users)
      .where(registration_key === null ? sql`0` : isRepeated(names, registration_key, now)),
    rememberNetwork(db, caller, isOurs, now),
    ...(caller.config.mail ? requestMail(db, caller.config, mail, isOurs, now) : []),
  ])
  if (user) {
    caller.audit('registered', user.id)
    caller.deliver(mail.id)
    const tokens = await issueTokens(caller, user.id, session.selector, 0, now)
    return { ...tokens, expires_at: session.row.expires_at, user, isReplayed: false }
  }
  if (!replayable) throw nameTakenProblem(holders, names)
  return replay(db, caller, replayable, password, now)
}

/** The account that the first request with this key created. */
const isRepeated = ({ username_normalized }: { username_normalized: string }, registration_key: string, now: number) =>
  and(
    eq(users.username_normalized, username_normalized),
    eq(users.registration_key, registration_key),
    gt(users.created_at, new Date(now - REPLAY_WINDOW)),
  )

/** A digest of the names and the key: the keys of two anonymous clients can be equal. The password is not part of it. */
const keyDigest = (key: string, names: { username_normalized: string; email_normalized: string }) =>
  sha256(utf8ToBytes(JSON.stringify([key, names.username_normalized, names.email_normalized]))).toBase64({
    alphabet: 'base64url',
    omitPadding: true,
  })

type Holder = Auth['user'] & { password_hash: string; suspended_at: Date | null }

/**
 * Signs in to the account of the first request. Throws `idempotency-key-reused` (422) if the password is different, and
 * `account-suspended` (403).
 */
async function replay(db: Database, caller: Caller, holder: Holder, password: string, now: number) {
  const { password_hash, suspended_at, ...user } = holder
  if (!(await verifyPassword(password, password_hash, caller))) throw new Problem('idempotency-key-reused')
  if (suspended_at) {
    caller.audit('login-suspended', user.id)
    throw new Problem('account-suspended')
  }
  const session = createSession(caller.userAgent, now)
  const isUnchanged = and(eq(users.id, user.id), eq(users.password_hash, password_hash), isNull(users.suspended_at))
  const [[inserted], evicted] = await db.batch([
    insertSession(db, session.row, isUnchanged),
    deleteOldest(db, user.id),
    rememberNetwork(db, caller, isUnchanged, now),
  ])
  if (!inserted) throw new Problem('idempotency-key-reused')
  caller.audit('login-succeeded', user.id)
  if (evicted.length > 0) caller.audit('session-evicted', user.id)
  const tokens = await issueTokens(caller, user.id, session.selector, 0, now)
  return { ...tokens, expires_at: session.row.expires_at, user, isReplayed: true }
}
