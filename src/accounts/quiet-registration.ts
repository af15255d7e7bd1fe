/**
 * Registration that does not reveal whether an address has an account (`REGISTRATION=quiet`). No account is written until
 * the link in the mail is used, so the responses for a taken and for a free address are the same.
 */
import { and, eq, exists, isNull, not, notExists, sql } from 'drizzle-orm'
import { Problem } from '../http/problem.ts'
import {
  isCapReached,
  mailsToday,
  newMailId,
  requestMailForNewAccount,
  secondsToTomorrow,
  tooManyMails,
} from '../mail/outbox.ts'
import { readMailToken } from '../mail/token.ts'
import { insertValues, type Database } from '../store/database.ts'
import { outbox, users } from '../store/schema.ts'
import { normalizeName } from '../text.ts'
import { isReserved, nameTakenProblem, selectNameHolders } from './account.ts'
import type { Caller } from './audit.ts'
import { normalizeEmail } from './email-address.ts'
import { rememberNetwork } from './known-networks.ts'
import { hashPassword } from './password.ts'
import type { Registration } from './registration.ts'

/**
 * Requests a mail that creates the account, or that informs the holder of a taken address. Throws `username-taken` (409)
 * or `too-many-mails` (429).
 */
export async function requestRegistration(db: Database, caller: Caller, input: Registration, now = Date.now()) {
  const { username, email } = input
  const [username_normalized, email_normalized] = [normalizeName(username), normalizeEmail(email)]
  const password_hash = await hashPassword(input.password, caller)
  const mail = {
    id: newMailId(),
    recipient: email,
    payload: { username, username_normalized, email_normalized, password_hash },
  }
  // Usernames are public, so a taken username can be reported.
  const holders = selectNameHolders(db, { username_normalized }, now)
  const [requested, , today, taken] = await db.batch([
    ...requestMailForNewAccount(db, caller.config, mail, notExists(holders), now),
    mailsToday(db, now),
    holders,
  ])
  if (taken.length > 0) throw nameTakenProblem(taken, { username_normalized })
  if (requested.length === 0 && isCapReached(caller.config, today)) throw tooManyMails(secondsToTomorrow(now))
  caller.deliver(mail.id)
}

/**
 * Creates the account from the outbox row that the token names. Idempotent. Throws `invalid-mail-token` (401) or
 * `username-taken` (409).
 */
export async function completeRegistration(db: Database, caller: Caller, token: string, now: number) {
  const read = readMailToken(caller.config, 'register', token, now)
  if (!read) throw new Problem('invalid-mail-token')
  const { id, purpose, created_at, recipient, payload, user_id } = outbox
  const isRow = and(eq(id, read.userId), eq(purpose, 'register'), eq(created_at, new Date(read.epoch)))
  const from = (name: string) => sql`json_extract(${payload}, ${`$.${name}`})`
  const at = new Date(now)
  const account = insertValues(users, {
    username: from('username'),
    username_normalized: from('username_normalized'),
    email: sql`${recipient}`,
    email_normalized: from('email_normalized'),
    email_verified_at: at,
    password_hash: from('password_hash'),
    created_at: at,
    updated_at: at,
  })
  const created = db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.email_normalized, from('email_normalized')), eq(users.password_hash, from('password_hash'))))
  const isHolder = eq(users.id, sql`(select ${user_id} from ${outbox} where ${isRow})`)
  const [[user], , [row]] = await db.batch([
    db
      .insert(users)
      .select(
        sql`select ${account} from ${outbox} where ${and(isRow, isNull(user_id), not(isReserved(db, from('username_normalized'), now)))}`,
      )
      .onConflictDoNothing()
      .returning({ id: users.id }),
    db
      .update(outbox)
      .set({ user_id: sql`${created}`, payload: null })
      .where(and(isRow, exists(created))),
    db.select({ user_id }).from(outbox).where(isRow),
    // The user who opens the mail signs in next.
    rememberNetwork(db, caller, and(isHolder, eq(users.created_at, at)), now),
  ])
  if (user) return caller.audit('registered', user.id)
  if (!row) throw new Problem('invalid-mail-token')
  // The address was free when the mail was sent, so another account has taken the username since.
  if (row.user_id === null) throw new Problem('username-taken')
}
