/** The account of the current user: read, changed and deleted. */
import { and, eq, notExists, exists, sql } from 'drizzle-orm'
import { type CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import { newMailId, notify } from '../mail/outbox.ts'
import type { Database } from '../store/database.ts'
import { retryIdempotent } from '../store/round-trip.ts'
import { sessions, users } from '../store/schema.ts'
import { normalizeName } from '../text.ts'
import { meColumns, nameTakenProblem, releaseUsername, selectNameHolders } from './account.ts'
import type { Caller } from './audit.ts'
import { ownNameProblem } from './credentials.ts'
import { deleteUserRows } from './deletion.ts'
import { normalizeEmail } from './email-address.ts'
import { countCurrentPassword, resetCurrentPassword, throttled } from './login-throttle.ts'
import { hashPassword, verifyPassword } from './password.ts'
import { hasActiveSession, isActive, otherSessions, requireActiveSession } from './session.ts'

type ProfileUpdate = {
  username?: string | undefined
  email?: string | undefined
  current_password?: string | undefined
}
type PasswordChange = { current_password: string; new_password: string }

/** Throws `invalid-token` (401) if the session is not active, as every function here does. */
export async function readMe(db: Database, currentUser: CurrentUser, now = Date.now()) {
  const [user] = await db
    .select(meColumns)
    .from(users)
    .innerJoin(sessions, eq(sessions.user_id, users.id))
    .where(isActive(currentUser, now))
  if (!user) throw new Problem('invalid-token')
  return user
}

/**
 * Verifies the current password. Throws `wrong-password` (403), `too-many-login-attempts` (429) or `invalid-token` (401).
 * `isUnchanged` is the condition of the change: the password is still the verified one, and the session is active.
 */
export async function verifyCurrentPassword(
  db: Database,
  caller: Caller,
  currentUser: CurrentUser,
  password: string,
  now: number,
) {
  const { audit, config } = caller
  const { userId } = currentUser
  const isSessionActive = hasActiveSession(db, currentUser, now)
  const nonce = crypto.randomUUID()
  // An attempt is counted once, however often its batch is sent.
  const [counted, [wait], [found]] = await retryIdempotent(() =>
    db.batch([
      ...countCurrentPassword(db, config, userId, nonce, now, isSessionActive),
      db
        .select({ ...meColumns, password_hash: users.password_hash })
        .from(users)
        .where(and(eq(users.id, userId), isSessionActive)),
    ]),
  )
  if (!found) throw new Problem('invalid-token')
  if (counted.length === 0) {
    audit('login-throttled', userId)
    throw throttled(wait?.retry_at, now)
  }
  if (!(await verifyPassword(password, found.password_hash, caller))) {
    audit('wrong-password', userId)
    throw new Problem('wrong-password')
  }
  const isUnchanged = and(eq(users.id, userId), eq(users.password_hash, found.password_hash), isSessionActive)
  return { user: found, isUnchanged }
}

/** For a change that changed nothing: the session is not active, or the password was changed meanwhile. */
async function throwMissReason(db: Database, currentUser: CurrentUser, now: number): Promise<never> {
  await requireActiveSession(db, currentUser, now)
  throw new Problem('wrong-password')
}

/** Sets a new password and ends every other session. Throws as `verifyCurrentPassword`, and `invalid-input` (422). */
export async function changePassword(
  db: Database,
  caller: Caller,
  currentUser: CurrentUser,
  input: PasswordChange,
  now = Date.now(),
) {
  const { user, isUnchanged } = await verifyCurrentPassword(db, caller, currentUser, input.current_password, now)
  const refused = ownNameProblem(user, input.new_password)
  if (refused) {
    // The current password was correct.
    await resetCurrentPassword(db, caller.config, user.id)
    throw refused
  }
  const password_hash = await hashPassword(input.new_password, caller)
  const isOurs = and(eq(users.id, user.id), eq(users.password_hash, password_hash))
  const isChanged = db.select({ id: users.id }).from(users).where(isOurs)
  const notice = { id: newMailId(), purpose: 'password-changed' as const }
  const [changed] = await db.batch([
    db
      .update(users)
      .set({ password_hash, epoch: sql`${users.epoch} + 1`, updated_at: new Date(now) })
      .where(isUnchanged)
      .returning({ id: users.id }),
    db.delete(sessions).where(and(otherSessions(currentUser), exists(isChanged))),
    resetCurrentPassword(db, caller.config, user.id),
    ...(caller.config.mail ? notify(db, notice, isOurs, now) : []),
  ])
  if (changed.length === 0) return throwMissReason(db, currentUser, now)
  caller.audit('password-changed', user.id)
  caller.deliver(notice.id)
}

/** The columns of a user that a new username changes. Items read the name by a join. */
export const newUsername = (username: string | undefined) =>
  username === undefined
    ? {}
    : {
        username,
        username_normalized: normalizeName(username),
        renames: sql`${users.renames} + (${users.username} is not ${username})`,
      }

/** Changes the username or the e-mail address. Throws `username-taken`, `email-taken` (409), and as `verifyCurrentPassword`. */
export async function changeProfile(
  db: Database,
  caller: Caller,
  currentUser: CurrentUser,
  input: ProfileUpdate,
  now = Date.now(),
) {
  const { username, email, current_password } = input
  const verified =
    email === undefined ? null : await verifyCurrentPassword(db, caller, currentUser, current_password ?? '', now)
  const keys = {
    username_normalized: username === undefined ? undefined : normalizeName(username),
    email_normalized: email === undefined ? undefined : normalizeEmail(email),
  }
  const isMine = verified?.isUnchanged ?? and(eq(users.id, currentUser.userId), hasActiveSession(db, currentUser, now))
  const otherHolders = selectNameHolders(db, keys, now, currentUser.userId)
  const isChange = and(isMine, notExists(otherHolders))
  const [, [user], holders] = await db.batch([
    releaseUsername(db, keys.username_normalized, isChange, now),
    db
      .update(users)
      .set({
        ...newUsername(username),
        // An address that no mail has confirmed is not verified, and ends the tokens in mails to the one before.
        ...(email !== undefined && {
          email,
          email_normalized: normalizeEmail(email),
          email_verified_at: sql`case when ${users.email} = ${email} then ${users.email_verified_at} end`,
          epoch: sql`${users.epoch} + (${users.email} is not ${email})`,
        }),
        updated_at: new Date(now),
      })
      .where(isChange)
      .returning(meColumns),
    otherHolders,
    ...(verified ? [resetCurrentPassword(db, caller.config, currentUser.userId)] : []),
  ])
  if (!user) {
    await requireActiveSession(db, currentUser, now)
    throw holders.length > 0 ? nameTakenProblem(holders, keys) : new Problem('wrong-password')
  }
  caller.audit(email === undefined ? 'profile-changed' : 'email-changed', user.id)
  return user
}

/** Records that the session has proved the password now. Throws as `verifyCurrentPassword`. */
export async function reauthenticate(
  db: Database,
  caller: Caller,
  currentUser: CurrentUser,
  password: string,
  now = Date.now(),
) {
  const { user, isUnchanged } = await verifyCurrentPassword(db, caller, currentUser, password, now)
  const [updated] = await db.batch([
    db
      .update(sessions)
      .set({ reauthenticated_at: new Date(now) })
      .where(and(isActive(currentUser, now), exists(db.select({ id: users.id }).from(users).where(isUnchanged))))
      .returning({ id: sessions.id }),
    resetCurrentPassword(db, caller.config, user.id),
  ])
  if (updated.length === 0) return throwMissReason(db, currentUser, now)
  caller.audit('reauthenticated', user.id)
}

/** Deletes the account and all of its content. Throws as `verifyCurrentPassword`. */
export async function deleteAccount(
  db: Database,
  caller: Caller,
  currentUser: CurrentUser,
  password: string,
  now = Date.now(),
) {
  const { user, isUnchanged } = await verifyCurrentPassword(db, caller, currentUser, password, now)
  const notice = { id: newMailId(), purpose: 'account-deleted' as const }
  // The notice reads the address before the deletion.
  const [, , , deleted] = await db.batch([
    ...notify(db, notice, caller.config.mail ? isUnchanged : sql`0`, now),
    ...deleteUserRows(db, caller.config, user.id, isUnchanged, now),
  ])
  if (deleted.length === 0) return throwMissReason(db, currentUser, now)
  caller.audit('deleted', user.id)
  caller.deliver(notice.id)
}
