/** A new e-mail address, which an account gets once a link that was mailed to it is used. */
import { and, eq, exists, ne, notExists, sql } from 'drizzle-orm'
import type { CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import {
  isCapReached,
  MAIL_INTERVAL,
  mailsToday,
  newMailId,
  notify,
  requestMail,
  requireMail,
  secondsToTomorrow,
  tooManyMails,
} from '../mail/outbox.ts'
import { readMailToken } from '../mail/token.ts'
import type { Database } from '../store/database.ts'
import { outbox, sessions, users } from '../store/schema.ts'
import { normalizeName } from '../text.ts'
import { meColumns, nameTakenProblem, releaseUsername, selectNameHolders } from './account.ts'
import type { Caller } from './audit.ts'
import { normalizeEmail } from './email-address.ts'
import { resetCurrentPassword } from './login-throttle.ts'
import { newUsername, verifyCurrentPassword } from './me.ts'
import { requireActiveSession } from './session.ts'

type EmailChange = { username?: string | undefined; email: string; current_password?: string | undefined }

/**
 * Asks for a mail to the new address, and changes the username if one is sent. What the mail says depends on whether the
 * address is taken; the response does not. Throws as `verifyCurrentPassword`, `username-taken` (409), `too-many-mails` (429).
 */
export async function requestEmailChange(
  db: Database,
  caller: Caller,
  currentUser: CurrentUser,
  { username, email, current_password }: EmailChange,
  now = Date.now(),
) {
  const { isUnchanged } = await verifyCurrentPassword(db, caller, currentUser, current_password ?? '', now)
  const username_normalized = username === undefined ? undefined : normalizeName(username)
  const holders = selectNameHolders(db, { username_normalized }, now, currentUser.userId)
  const isAllowed = and(isUnchanged, notExists(holders))
  const payload = { email_normalized: normalizeEmail(email), session_id: currentUser.sessionId }
  const mail = { id: newMailId(), purpose: 'change' as const, recipient: email, payload }
  const isRequested = exists(db.select({ id: outbox.id }).from(outbox).where(eq(outbox.mail_id, mail.id)))
  const [, , , [user], taken, today] = await db.batch([
    ...requestMail(db, caller.config, mail, isAllowed, now),
    releaseUsername(db, username_normalized, and(eq(users.id, currentUser.userId), isRequested), now),
    db
      .update(users)
      .set({
        ...newUsername(username),
        updated_at: username === undefined ? sql`${users.updated_at}` : new Date(now),
      })
      .where(and(eq(users.id, currentUser.userId), isRequested))
      .returning(meColumns),
    holders,
    mailsToday(db, now),
    resetCurrentPassword(db, caller.config, currentUser.userId),
  ])
  if (!user) {
    await requireActiveSession(db, currentUser, now)
    if (taken.length > 0) throw nameTakenProblem(taken, { username_normalized })
    throw tooManyMails(isCapReached(caller.config, today) ? secondsToTomorrow(now) : MAIL_INTERVAL / 1000)
  }
  caller.audit('email-change-requested', user.id)
  caller.deliver(mail.id)
  return user
}

/**
 * Sets the address in the token, and notifies the old address. Ends every session except the one that requested the
 * change. Throws `invalid-mail-token` (401), `email-taken` (409).
 */
export async function confirmEmailChange(db: Database, caller: Caller, token: string, now = Date.now()) {
  requireMail(caller.config)
  const read = readMailToken(caller.config, 'change', token, now)
  const [, sessionId, email] = /^([\w-]{22}) (.+)$/s.exec(read?.payload ?? '') ?? []
  if (!read || !sessionId || !email) throw new Problem('invalid-mail-token')
  const email_normalized = normalizeEmail(email)
  const isTokens = and(eq(users.id, read.userId), eq(users.epoch, read.epoch))
  const rivals = db
    .select({ id: sql`1` })
    .from(sql`${users} as rival`)
    .where(sql`rival.email_normalized = ${email_normalized} and rival.id <> ${read.userId}`)
  const isAllowed = and(isTokens, notExists(rivals))
  const allowed = db.select({ id: users.id }).from(users).where(isAllowed)
  const notice = { id: newMailId(), purpose: 'email-changed' as const }
  // What depends on the account as it was comes before the change.
  const [, , , [changed], unchanged] = await db.batch([
    ...notify(db, notice, isAllowed, now),
    db.delete(sessions).where(and(eq(sessions.user_id, read.userId), ne(sessions.id, sessionId), exists(allowed))),
    db
      .update(users)
      .set({
        email,
        email_normalized,
        email_verified_at: new Date(now),
        epoch: sql`${users.epoch} + 1`,
        updated_at: new Date(now),
      })
      .where(isAllowed)
      .returning({ id: users.id }),
    db.select({ id: users.id }).from(users).where(isTokens),
  ])
  if (!changed) throw new Problem(unchanged.length > 0 ? 'email-taken' : 'invalid-mail-token')
  caller.audit('email-changed', changed.id)
  caller.deliver(notice.id)
}
