/** The tables of outgoing mail. */
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { users } from './accounts.ts'
import { instant } from './columns.ts'

/** The purposes of mails. The first five carry a token, the others are notices. */
export const MAIL_PURPOSES = [
  'reset',
  'verify',
  'change',
  'register',
  'invite',
  'password-changed',
  'email-changed',
  'new-sign-in',
  'account-deleted',
  'reset-issued',
] as const

/** Requested mails. A row has no text and no token: both are made when the mail is sent. See mail/outbox.ts. */
export const outbox = sqliteTable(
  'outbox',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    /** Unique for each requested mail. The provider detects a repetition by it. */
    mail_id: text('mail_id').notNull(),
    /** What may be mailed once a minute: a purpose and an account, or a keyed digest of an address. */
    throttle_key: text('throttle_key').notNull(),
    purpose: text('purpose', { enum: MAIL_PURPOSES }).notNull(),
    /** Null for an address without an account, and for a notice, which outlives its account. */
    user_id: integer('user_id').references(() => users.id, { onDelete: 'cascade' }),
    /** Null if no account has the requested address: nothing is sent. */
    recipient: text('recipient'),
    /** The user's `epoch` at the time of the request. */
    epoch: integer('epoch'),
    /** What the mail's link needs beside the account: for a new address or a new account. */
    payload: text('payload', { mode: 'json' }).$type<Record<string, string>>(),
    created_at: instant('created_at').notNull(),
    attempts: integer('attempts').notNull(),
    /** Until then no other process tries this mail. */
    claimed_until: instant('claimed_until').notNull(),
    /** Which try has claimed the mail. */
    claim: text('claim'),
    /** When the token of the current tries was made. */
    minted_at: instant('minted_at'),
    sent_at: instant('sent_at'),
  },
  (t) => [
    uniqueIndex('outbox_throttle_key').on(t.throttle_key),
    index('outbox_mail_id').on(t.mail_id),
    index('outbox_user_id').on(t.user_id),
    index('outbox_claim').on(t.claim),
    index('outbox_due').on(t.sent_at, t.claimed_until),
    index('outbox_created_at').on(t.created_at),
  ],
)

/** The number of mails that were requested on a day in UTC (`2026-11-25`): see `MAILS_PER_DAY`. */
export const mailDays = sqliteTable('mail_days', {
  day: text('day').primaryKey(),
  mails: integer('mails').notNull(),
})
