/** Sends the mails of the outbox. A claim ensures that two processes do not send the same mail at the same time. */
import { and, asc, eq, gt, inArray, isNull, lt, lte, sql, type SQL } from 'drizzle-orm'
import type { Config } from '../config.ts'
import { describeError, log } from '../log.ts'
import type { MailConfig } from '../mail-config.ts'
import type { Database } from '../store/database.ts'
import { outbox, users } from '../store/schema.ts'
import { MailError, type Mail, type Mailer } from './mailer.ts'
import { composeMessage, type MessageType } from './messages.ts'
import { createMailToken, TOKEN_LIFETIME, type TokenPurpose } from './token.ts'

const MINUTE = 60_000

/** The maximum age of a mail in milliseconds. An older mail is dropped. */
export const MAX_AGE = 24 * 60 * MINUTE

/** The maximum number of attempts for a mail, and the delay after each failed attempt in milliseconds. */
export const MAX_ATTEMPTS = 6
const BACKOFF = [1, 10, 30, 120, 360].map((minutes) => minutes * MINUTE)

/** The lifetime of a claim: longer than the mails of one claim can take (`SEND_TIMEOUT` each). */
const LEASE = 3 * MINUTE

/** Attempts within this time send the same token and id. A later attempt makes a new token, because the first one expires soon. */
const REMINT_AFTER = 15 * MINUTE

/** The number of mails of a claim and of claims of a sweep: a sweep has at most 25 statements. */
const CLAIM_SIZE = 10
const CLAIMS_PER_SWEEP = 2

type Claimed = Awaited<ReturnType<typeof claim>>[number]

/** Sends one mail if it is due. Never throws: the sweep sends a mail that failed here. */
export async function deliver(
  db: Database,
  config: Config,
  mailer: Mailer,
  mailId: string,
  clock = Date.now,
): Promise<void> {
  try {
    for (const mail of await claim(db, eq(outbox.mail_id, mailId), clock())) await send(db, config, mailer, mail, clock)
  } catch (error) {
    log('error', 'mail-delivery-failed', describeError(error))
  }
}

/** Sends the mails that are due, up to a limit, and drops those that are too old. Returns the number of due mails. */
export async function sweepOutbox(db: Database, config: Config, mailer: Mailer, clock = Date.now): Promise<number> {
  await dropOld(db, clock())
  let due = 0
  for (let claims = 0; claims < CLAIMS_PER_SWEEP; claims++) {
    const claimed = await claim(db, undefined, clock())
    due += claimed.length
    for (const mail of claimed) await send(db, config, mailer, mail, clock)
    if (claimed.length < CLAIM_SIZE) break
  }
  return due
}

/** Deletes the rows of mails that were written or sent more than a day ago. Their links have expired. */
async function dropOld(db: Database, now: number): Promise<void> {
  const dayAgo = now - MAX_AGE
  const isOld = and(lt(outbox.created_at, new Date(dayAgo)), sql`coalesce(${outbox.sent_at}, 0) < ${dayAgo}`)
  const old = db.select({ id: outbox.id }).from(outbox).where(isOld).limit(500)
  await db.delete(outbox).where(inArray(outbox.id, old))
}

/** Claims the mails that are due. Another process does not find them until the lease expires. */
async function claim(db: Database, which: SQL | undefined, now: number) {
  const id = crypto.randomUUID()
  const isDue = and(
    isNull(outbox.sent_at),
    lte(outbox.claimed_until, new Date(now)),
    lt(outbox.attempts, MAX_ATTEMPTS),
    gt(outbox.created_at, new Date(now - MAX_AGE)),
    which,
  )
  const due = db
    .select({ id: outbox.id })
    .from(outbox)
    .where(isDue)
    .orderBy(asc(outbox.claimed_until))
    .limit(CLAIM_SIZE)
  const isMintOld = sql`coalesce(${outbox.minted_at}, 0) <= ${now - REMINT_AFTER}`
  const [, claimed] = await db.batch([
    db
      .update(outbox)
      .set({
        claim: id,
        claimed_until: new Date(now + LEASE),
        attempts: sql`${outbox.attempts} + 1`,
        minted_at: sql`case when ${isMintOld} then ${now} else ${outbox.minted_at} end`,
      })
      .where(inArray(outbox.id, due)),
    db
      .select({
        id: outbox.id,
        mail_id: outbox.mail_id,
        purpose: outbox.purpose,
        user_id: outbox.user_id,
        recipient: outbox.recipient,
        epoch: outbox.epoch,
        payload: outbox.payload,
        created_at: outbox.created_at,
        minted_at: outbox.minted_at,
        attempts: outbox.attempts,
        claim: outbox.claim,
        // In a batch, D1 returns only one of two columns with the same name.
        user_epoch: sql<number | null>`${users.epoch}`.as('user_epoch'),
        verified_at: users.email_verified_at,
        /** Whether another account has the requested address. */
        is_taken: sql<number>`exists (select 1 from ${users} as other where other.email_normalized = json_extract(${outbox.payload}, '$.email_normalized') and other.id is not ${outbox.user_id})`,
      })
      .from(outbox)
      .leftJoin(users, eq(users.id, outbox.user_id))
      .where(eq(outbox.claim, id)),
  ])
  return claimed
}

async function send(db: Database, config: Config, mailer: Mailer, mail: Claimed, clock: () => number): Promise<void> {
  const { purpose, attempts, user_id } = mail
  const about = { purpose, attempt: attempts, user_id: user_id ?? undefined }
  const composed = config.mail && (await compose(config, config.mail, mail))
  if (!composed) return settle(db, mail, 'obsolete', clock())
  try {
    await mailer(composed)
  } catch (error) {
    const isTemporary = error instanceof MailError ? error.isTemporary : true
    const isLast = !isTemporary || attempts >= MAX_ATTEMPTS
    // The message of any other error can contain an address.
    const reason = error instanceof MailError ? error.message : error instanceof Error ? error.name : typeof error
    log(isLast ? 'error' : 'warn', isLast ? 'mail-failed' : 'mail-delayed', { ...about, reason })
    return settle(db, mail, isLast ? 'failed' : 'delayed', clock())
  }
  log('info', 'mail-sent', about)
  return settle(db, mail, 'sent', clock())
}

const isNotice = (purpose: Claimed['purpose']): boolean => !Object.hasOwn(TOKEN_LIFETIME, purpose)

/** Null for a mail that is obsolete: its token would be invalid, or the address is verified. */
async function compose(config: Config, mail: MailConfig, row: Claimed): Promise<Mail | null> {
  const { purpose, user_id, recipient, epoch, payload, created_at, mail_id } = row
  const mintedAt = row.minted_at?.getTime() ?? 0
  if (recipient === null) return null
  const message = async (type: MessageType, token?: string): Promise<Mail> => ({
    // The same id is sent only with the same mail, so a provider can ignore a repetition.
    id: `${mail_id}.${mintedAt}`,
    to: recipient,
    ...(await composeMessage(mail, type, created_at, token)),
  })
  if (purpose === 'register') {
    if (row.is_taken) return message('taken')
    // There is no account yet: the token names the row and the time of the request.
    return message(purpose, mint(config, purpose, { userId: row.id, epoch: created_at.getTime() }, mintedAt))
  }
  if (purpose === 'invite') {
    const token = { userId: epoch ?? 0, epoch: 0, payload: payload?.['email_normalized'] ?? '' }
    return row.is_taken ? null : message(purpose, mint(config, purpose, token, mintedAt))
  }
  if (purpose !== 'reset' && purpose !== 'verify' && purpose !== 'change') return message(purpose)
  if (user_id === null || epoch === null || row.user_epoch !== epoch) return null
  if (purpose === 'verify' && row.verified_at) return null
  if (purpose === 'change' && row.is_taken) return message('taken')
  const session = payload?.['session_id']
  const token = { userId: user_id, epoch, ...(session !== undefined && { payload: `${session} ${recipient}` }) }
  return message(purpose, mint(config, purpose, token, mintedAt))
}

const mint = (config: Config, purpose: TokenPurpose, token: Parameters<typeof createMailToken>[2], at: number) =>
  createMailToken(config, purpose, token, at + TOKEN_LIFETIME[purpose])

/** Records the result of an attempt, unless another process has claimed the mail meanwhile. */
async function settle(
  db: Database,
  { id, claim: held, purpose, attempts, created_at }: Claimed,
  outcome: 'sent' | 'obsolete' | 'delayed' | 'failed',
  now: number,
): Promise<void> {
  const isMine = and(eq(outbox.id, id), eq(outbox.claim, held ?? ''))
  if (outcome === 'obsolete' || (outcome === 'sent' && isNotice(purpose))) {
    await db.delete(outbox).where(isMine)
    return
  }
  const retryAt = outcome === 'delayed' ? now + (BACKOFF[attempts - 1] ?? MAX_AGE) : created_at.getTime() + MAX_AGE
  const change = outcome === 'sent' ? { sent_at: new Date(now) } : { claimed_until: new Date(retryAt) }
  await db.update(outbox).set(change).where(isMine)
}
