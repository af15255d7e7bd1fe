/**
 * The outbox: a row for each mail, written in the batch of the change that requests it. The row has the recipient and the
 * purpose. The text and the token are made when the mail is sent (`delivery.ts`), so the database has neither.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { and, eq, isNotNull, lt, lte, sql, type SQL } from 'drizzle-orm'
import type { Config } from '../config.ts'
import { Problem } from '../http/problem.ts'
import { insertValues, type Database } from '../store/database.ts'
import { mailDays, outbox, users } from '../store/schema.ts'

/** The minimum time between two mails for the same purpose to the same account, in milliseconds. */
export const MAIL_INTERVAL = 60_000

export type MailPurpose = (typeof outbox.$inferSelect)['purpose']

/** The id of a mail. It is made before its row, so that the row can be found again. */
export const newMailId = (): string => crypto.randomUUID()

/**
 * Requests a mail to the users that `owner` finds: at most one a minute for each user and purpose, and none if
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

/** The same for the account with an address. For an address without an account, it writes a row and nothing is sent. */
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

/** The same for an address without an account, if `condition` holds. The payload is what the account is created from. */
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

/** Requests an invitation if `condition` holds. The token contains `operatorId`, who issued it. */
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
 * Requests a notice about an event to the users that `owner` finds. A notice is counted, but no limit applies to it. Its
 * row does not reference the account, so that a deletion keeps it.
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

/** `too-many-mails` (429) with the number of seconds to wait. */
export const tooManyMails = (seconds: number): Problem =>
  new Problem('too-many-mails', { headers: { 'Retry-After': String(seconds) } })

/** The data of a mail's link, in addition to the account. */
export type MailPayload = Record<string, string>

/** The statement that reads the number of mails requested today (UTC). */
export const mailsToday = (db: Database, now: number) =>
  db
    .select({ mails: mailDays.mails })
    .from(mailDays)
    .where(eq(mailDays.day, dayOf(now)))

/** Whether the number that `mailsToday` read reaches `MAILS_PER_DAY`. Without the setting, false. */
export const isCapReached = ({ mail }: Config, [today]: { mails: number }[]): boolean =>
  (today?.mails ?? 0) >= (mail?.perDay ?? Number.POSITIVE_INFINITY)

/** The number of seconds until the next day (UTC), when the count restarts. */
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

/** Inserts a row, or replaces the row with the same throttle key if that is at least a minute old. */
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

/** Counts the mail if its row was written and has a recipient. The count is exact: both are in one batch. */
const countMail = (db: Database, id: string, now: number) =>
  db
    .insert(mailDays)
    .select(
      sql`select ${insertValues(mailDays, { day: dayOf(now), mails: 1 })} from ${outbox} where ${and(eq(outbox.mail_id, id), isNotNull(outbox.recipient))}`,
    )
    .onConflictDoUpdate({ target: mailDays.day, set: { mails: sql`${mailDays.mails} + 1` } })

const isUnderCap = ({ mail }: Config, now: number) =>
  mail?.perDay === undefined
    ? sql`1`
    : sql`coalesce((select ${mailDays.mails} from ${mailDays} where ${eq(mailDays.day, dayOf(now))}), 0) < ${mail.perDay}`

/** A digest, so that the key has the same length for every address and does not contain the address. */
const throttleKey = ({ keys }: Config, purpose: MailPurpose, emailNormalized: string) =>
  `${purpose} ${hmac(sha256, keys.mail, utf8ToBytes(`throttle ${emailNormalized}`)).toBase64({ alphabet: 'base64url', omitPadding: true })}`

/** Deletes the counts of past days. */
export const pruneMailDays = async (db: Database, now = Date.now()): Promise<void> => {
  await db.delete(mailDays).where(lt(mailDays.day, dayOf(now)))
}
