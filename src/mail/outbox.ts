/**
 * The outbox: a row for each mail, written in the batch of the change that asks for it. The row says who gets which mail;
 * the text and the token are made when the mail is sent (`delivery.ts`), so neither is ever in the database.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { and, eq, isNotNull, lt, lte, sql, type SQL } from 'drizzle-orm'
import type { Config } from '../config.ts'
import { Problem } from '../http/problem.ts'
import { insertValues, type Database } from '../store/database.ts'
import { mailDays, outbox, users } from '../store/schema.ts'

/** Two mails for one purpose to one account are at least this far apart, in milliseconds. */
export const MAIL_INTERVAL = 60_000

export type MailPurpose = (typeof outbox.$inferSelect)['purpose']

/** What tells one mail from every other; made before its row, so that the row can be found again. */
export const newMailId = (): string => crypto.randomUUID()

/**
 * Asks for a mail to the users that `owner` finds: at most one a minute for each user and purpose, and none when
 * `MAILS_PER_DAY` is reached. `recipient` replaces the address of the account.
 */
export function requestMail(
  db: Database,
  config: Config,
  mail: { id: string; purpose: MailPurpose; recipient?: string; payload?: MailPayload },
  owner: SQL | undefined,
  now: number,
) {
  const { id, purpose, recipient, payload } = mail
  const row = {
    ...newRow(id, purpose, now),
    throttle_key: sql`${purpose} || ' ' || ${users.id}`,
    user_id: users.id,
    recipient: recipient ?? users.email,
    epoch: users.epoch,
    payload: payload ?? null,
  }
  const source = sql`from ${users} where ${and(owner, recipient === undefined ? isNotNull(users.email) : undefined, isUnderCap(config, now))}`
  return [upsert(db, row, source, now), countMail(db, id, now)] as const
}

/** The same for the account with an address; for an address that no account has, a row of which nothing is sent. */
export function requestMailTo(
  db: Database,
  config: Config,
  mail: { id: string; purpose: MailPurpose; emailNormalized: string },
  now: number,
) {
  const { id, purpose, emailNormalized } = mail
  const row = {
    ...newRow(id, purpose, now),
    throttle_key: throttleKey(config, purpose, emailNormalized),
    user_id: users.id,
    recipient: users.email,
    epoch: users.epoch,
    sent_at: sql`case when ${users.id} is null then ${now} end`,
  }
  const source = sql`from (select 1) left join ${users} on ${eq(users.email_normalized, emailNormalized)} where ${isUnderCap(config, now)}`
  return [upsert(db, row, source, now), countMail(db, id, now)] as const
}

/** The same for an address that may have no account, if `condition` holds: what it takes to make one is the payload. */
export function requestMailForNewAccount(
  db: Database,
  config: Config,
  mail: { id: string; recipient: string; payload: MailPayload & { email_normalized: string } },
  condition: SQL,
  now: number,
) {
  const { id, recipient, payload } = mail
  const row = {
    ...newRow(id, 'register', now),
    throttle_key: throttleKey(config, 'register', payload.email_normalized),
    recipient,
    payload,
  }
  const source = sql`from (select 1) where ${and(condition, isUnderCap(config, now))}`
  return [upsert(db, row, source, now), countMail(db, id, now)] as const
}

/** An invitation, if `condition` holds. `operatorId` stands in the token as who issued it. */
export function requestInvitation(
  db: Database,
  config: Config,
  mail: { id: string; recipient: string; emailNormalized: string; operatorId: number },
  condition: SQL,
  now: number,
) {
  const { id, recipient, emailNormalized, operatorId } = mail
  const row = {
    ...newRow(id, 'invite', now),
    throttle_key: throttleKey(config, 'invite', emailNormalized),
    recipient,
    epoch: operatorId,
    payload: { email_normalized: emailNormalized },
  }
  const source = sql`from (select 1) where ${and(condition, isUnderCap(config, now))}`
  return [upsert(db, row, source, now), countMail(db, id, now)] as const
}

/**
 * Tells the users that `owner` finds of something that has happened. A notice is never left out: it is counted, but
 * neither the minute nor `MAILS_PER_DAY` holds it back. It does not belong to the account, so that it outlives a deletion.
 */
export function notify(db: Database, mail: { id: string; purpose: MailPurpose }, owner: SQL | undefined, now: number) {
  const { id, purpose } = mail
  const row = { ...newRow(id, purpose, now), throttle_key: id, recipient: users.email }
  const source = sql`from ${users} where ${and(owner, isNotNull(users.email))}`
  return [upsert(db, row, source, now), countMail(db, id, now)] as const
}

/** Throws `mail-not-configured` (503). */
export function requireMail({ mail }: Config): void {
  if (!mail) throw new Problem('mail-not-configured')
}

/** A `too-many-mails` (429). */
export const tooManyMails = (seconds: number): Problem =>
  new Problem('too-many-mails', { headers: { 'Retry-After': String(seconds) } })

/** What the mail's link needs beside the account. */
export type MailPayload = Record<string, string>

/** How many mails were asked for today; the day is that of UTC. */
export const mailsToday = (db: Database, now: number) =>
  db
    .select({ mails: mailDays.mails })
    .from(mailDays)
    .where(eq(mailDays.day, dayOf(now)))

/** Whether `MAILS_PER_DAY` is reached, as `mailsToday` tells; undefined is no limit. */
export const isCapReached = ({ mail }: Config, [today]: { mails: number }[]): boolean =>
  (today?.mails ?? 0) >= (mail?.perDay ?? Number.POSITIVE_INFINITY)

/** Seconds until the next day begins, when `MAILS_PER_DAY` counts from zero. */
export const secondsToTomorrow = (now: number): number => Math.ceil((DAY - (now % DAY)) / 1000)

const DAY = 24 * 3600 * 1000

const dayOf = (now: number) => new Date(now).toISOString().slice(0, 10)

const newRow = (id: string, purpose: MailPurpose, now: number) => ({
  mail_id: id,
  purpose,
  created_at: new Date(now),
  attempts: 0,
  claimed_until: new Date(0),
})

/** Replaces the row with the same throttle key once it is a minute old; until then nothing is written. */
const upsert = (db: Database, row: Parameters<typeof insertValues<typeof outbox>>[1], source: SQL, now: number) =>
  db
    .insert(outbox)
    .select(sql`select ${insertValues(outbox, row)} ${source}`)
    .onConflictDoUpdate({
      target: outbox.throttle_key,
      set: Object.fromEntries(REPLACED.map((name) => [name, sql.raw(`excluded.${name}`)])),
      setWhere: lte(outbox.created_at, new Date(now - MAIL_INTERVAL)),
    })
    .returning({ id: outbox.id })

const REPLACED = [
  'mail_id',
  'user_id',
  'recipient',
  'epoch',
  'payload',
  'created_at',
  'attempts',
  'claimed_until',
  'claim',
  'minted_at',
  'sent_at',
] as const satisfies (keyof typeof outbox.$inferSelect)[]

/** Counts the mail if its row was written and has a recipient: exactly, because both are of one batch. */
const countMail = (db: Database, id: string, now: number) =>
  db
    .insert(mailDays)
    .select(
      sql`select ${dayOf(now)}, 1 from ${outbox} where ${and(eq(outbox.mail_id, id), isNotNull(outbox.recipient))}`,
    )
    .onConflictDoUpdate({ target: mailDays.day, set: { mails: sql`${mailDays.mails} + 1` } })

const isUnderCap = ({ mail }: Config, now: number) =>
  mail?.perDay === undefined
    ? sql`1`
    : sql`coalesce((select ${mailDays.mails} from ${mailDays} where ${eq(mailDays.day, dayOf(now))}), 0) < ${mail.perDay}`

/** The same length for every address, and the address is not in it. */
const throttleKey = ({ keys }: Config, purpose: MailPurpose, emailNormalized: string) =>
  `${purpose} ${hmac(sha256, keys.mail, utf8ToBytes(`throttle ${emailNormalized}`)).toBase64({ alphabet: 'base64url', omitPadding: true })}`

/** Deletes the counts of days that are over. */
export const pruneMailDays = async (db: Database, now = Date.now()): Promise<void> => {
  await db.delete(mailDays).where(lt(mailDays.day, dayOf(now)))
}
