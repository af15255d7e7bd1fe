/** Password reset and e-mail verification: the requests for a mail, and the use of its token. */
import { and, eq, exists, isNull, sql } from 'drizzle-orm'
import type { CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import {
  isCapReached,
  mailsToday,
  newMailId,
  notify,
  requestMail,
  requestMailTo,
  requireMail,
  secondsToTomorrow,
  tooManyMails,
} from '../mail/outbox.ts'
import { readMailToken } from '../mail/token.ts'
import type { Database } from '../store/database.ts'
import { sessions, users } from '../store/schema.ts'
import type { Caller } from './audit.ts'
import { ownNameProblem } from './credentials.ts'
import { normalizeEmail } from './email-address.ts'
import { resetAllAttempts } from './login-throttle.ts'
import { hashPassword } from './password.ts'
import { completeRegistration } from './quiet-registration.ts'
import { hasActiveSession, isActive } from './session.ts'

/**
 * The delay of a reset mail in milliseconds, so that it is sent after the response. Sending earlier would slow down the
 * response, and only for an address with an account.
 */
const RESET_DELAY = 100

/**
 * Requests a mail with a reset token. The statements are the same whether or not the address has an account, and so are
 * the response and its time. Throws `too-many-mails` (429).
 */
export async function requestPasswordReset(db: Database, caller: Caller, email: string, now = Date.now()) {
  requireMail(caller.config)
  const mail = { id: newMailId(), purpose: 'reset' as const, emailNormalized: normalizeEmail(email) }
  const [requested, , today] = await db.batch([...requestMailTo(db, caller.config, mail, now), mailsToday(db, now)])
  if (requested.length === 0 && isCapReached(caller.config, today)) throw tooManyMails(secondsToTomorrow(now))
  caller.deliver(mail.id, RESET_DELAY)
}

/**
 * Sets a new password with a reset token. Ends every session and starts none (OWASP Forgot Password Cheat Sheet).
 * Throws `invalid-mail-token` (401) or `invalid-input` (422).
 */
export async function resetPassword(
  db: Database,
  caller: Caller,
  { token, new_password }: { token: string; new_password: string },
  now = Date.now(),
) {
  const read = readMailToken(caller.config, 'reset', token, now)
  if (!read) throw new Problem('invalid-mail-token')
  const isTokens = and(eq(users.id, read.userId), eq(users.epoch, read.epoch))
  const [found] = await db.select({ username: users.username, email: users.email }).from(users).where(isTokens)
  if (!found) throw new Problem('invalid-mail-token')
  const refused = ownNameProblem(found, new_password)
  if (refused) throw refused

  const password_hash = await hashPassword(new_password, caller)
  const at = new Date(now)
  // A hash has a new salt: the row with this hash was changed by this batch.
  const isOurs = and(eq(users.id, read.userId), eq(users.password_hash, password_hash))
  const isChanged = exists(db.select({ id: users.id }).from(users).where(isOurs))
  const notice = { id: newMailId(), purpose: 'password-changed' as const }
  const [changed] = await db.batch([
    db
      .update(users)
      .set({
        password_hash,
        epoch: sql`${users.epoch} + 1`,
        // A token from an operator does not prove who owns the address.
        ...(read.payload === undefined && { email_verified_at: sql`coalesce(${users.email_verified_at}, ${now})` }),
        updated_at: at,
      })
      .where(isTokens)
      .returning({ id: users.id }),
    db.delete(sessions).where(and(eq(sessions.user_id, read.userId), isChanged)),
    resetAllAttempts(db, caller.config, read.userId, found, caller.network),
    ...(caller.config.mail ? notify(db, notice, isOurs, now) : []),
  ])
  if (changed.length === 0) throw new Problem('invalid-mail-token')
  caller.audit('password-reset', read.userId)
  caller.deliver(notice.id)
}

/**
 * Requests a mail with a verification token, unless the address is verified. Throws `invalid-token` (401) or
 * `too-many-mails` (429).
 */
export async function requestEmailVerification(
  db: Database,
  caller: Caller,
  currentUser: CurrentUser,
  now = Date.now(),
) {
  requireMail(caller.config)
  const mail = { id: newMailId(), purpose: 'verify' as const }
  const owner = and(
    eq(users.id, currentUser.userId),
    isNull(users.email_verified_at),
    hasActiveSession(db, currentUser, now),
  )
  const [requested, , today, mine] = await db.batch([
    ...requestMail(db, caller.config, mail, owner, now),
    mailsToday(db, now),
    db
      .select({ verified_at: users.email_verified_at })
      .from(users)
      .innerJoin(sessions, eq(sessions.user_id, users.id))
      .where(isActive(currentUser, now)),
  ])
  const [user] = mine
  if (!user) throw new Problem('invalid-token')
  if (requested.length > 0) return caller.deliver(mail.id)
  if (!user.verified_at && isCapReached(caller.config, today)) throw tooManyMails(secondsToTomorrow(now))
}

/**
 * Verifies the address of an account. With the token of a quiet registration, creates the account. Throws
 * `invalid-mail-token` (401) or, for a new account, `username-taken` (409).
 */
export async function verifyEmail(db: Database, caller: Caller, token: string, now = Date.now()) {
  requireMail(caller.config)
  const read = readMailToken(caller.config, 'verify', token, now)
  if (!read) return completeRegistration(db, caller, token, now)
  const [verified] = await db
    .update(users)
    .set({ email_verified_at: sql`coalesce(${users.email_verified_at}, ${now})` })
    .where(and(eq(users.id, read.userId), eq(users.epoch, read.epoch)))
    .returning({ id: users.id })
  if (!verified) throw new Problem('invalid-mail-token')
  caller.audit('email-verified', verified.id)
}
