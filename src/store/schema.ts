/** The tables, and the columns that every kind of content shares. Property, column and wire names are the same. */
import { sql, type SQL } from 'drizzle-orm'
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
  type AnySQLiteColumn,
} from 'drizzle-orm/sqlite-core'

const instant = (name: string) => integer(name, { mode: 'timestamp_ms' })
const flag = (name: string) => integer(name, { mode: 'boolean' }).notNull().default(false)

export const users = sqliteTable(
  'users',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    username: text('username').notNull(),
    /** What makes a username unique: see `normalizeName` in text.ts. */
    username_normalized: text('username_normalized').notNull(),
    /** Null for an imported user without a usable address, until the owner sets one. */
    email: text('email'),
    email_normalized: text('email_normalized'),
    /** Null until the owner has used a link that was mailed to the address. */
    email_verified_at: instant('email_verified_at'),
    /** Grows with each change of the password or the address, and so ends every token in a mail: see mail/token.ts. */
    epoch: integer('epoch').notNull().default(0),
    password_hash: text('password_hash').notNull(),
    /** A digest of the `Idempotency-Key` of the registration. */
    registration_key: text('registration_key'),
    role: text('role', { enum: ['member', 'operator'] })
      .notNull()
      .default('member'),
    /** Null: not suspended. */
    suspended_at: instant('suspended_at'),
    suspension_reason: text('suspension_reason'),
    /** Whether `author_suspended` of some items does not follow `suspended_at` yet: see `operators/relisting.ts`. */
    relisting: flag('relisting'),
    last_login_at: instant('last_login_at'),
    created_at: instant('created_at').notNull(),
    updated_at: instant('updated_at').notNull(),
  },
  (t) => [
    uniqueIndex('users_username_normalized').on(t.username_normalized),
    uniqueIndex('users_email_normalized').on(t.email_normalized),
    index('users_operators')
      .on(t.id)
      .where(sql`role = 'operator'`),
    index('users_suspended')
      .on(t.id)
      .where(sql`suspended_at is not null`),
    index('users_relisting')
      .on(t.id)
      .where(sql`relisting = 1`),
  ],
)

export const sessions = sqliteTable(
  'sessions',
  {
    /** A digest of the selector in the refresh token, so that no part of a token is in the database. */
    id: text('id').primaryKey(),
    user_id: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** The number of rotations of the refresh token. The token itself is not stored. */
    counter: integer('counter').notNull(),
    /** A digest of the `Idempotency-Key` of the last rotation. */
    rotation_key: text('rotation_key'),
    user_agent: text('user_agent'),
    created_at: instant('created_at').notNull(),
    last_used_at: instant('last_used_at').notNull(),
    /** The last proof of the password. */
    reauthenticated_at: instant('reauthenticated_at').notNull(),
    expires_at: instant('expires_at').notNull(),
  },
  (t) => [index('sessions_user_id').on(t.user_id), index('sessions_expires_at').on(t.expires_at)],
)

/** Consecutive failed attempts by subject, which is a keyed digest: see `login-throttle.ts`. */
export const loginAttempts = sqliteTable(
  'login_attempts',
  {
    subject: text('subject').primaryKey(),
    failures: integer('failures').notNull(),
    failed_at: instant('failed_at').notNull(),
    /** No attempt is allowed before. */
    retry_at: instant('retry_at').notNull(),
    /** Identifies the attempt that was counted last. */
    nonce: text('nonce').notNull(),
  },
  (t) => [index('login_attempts_failed_at').on(t.failed_at)],
)

/** The networks from which a user signed in, as keyed digests: see `login-throttle.ts`. */
export const signInNetworks = sqliteTable(
  'sign_in_networks',
  {
    user_id: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    network: text('network').notNull(),
    signed_in_at: instant('signed_in_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.user_id, t.network] }), index('sign_in_networks_signed_in_at').on(t.signed_in_at)],
)

/** Usernames of renamed and deleted accounts. Nobody else can use them for 90 days. */
export const reservedUsernames = sqliteTable(
  'reserved_usernames',
  {
    username_normalized: text('username_normalized').primaryKey(),
    /** The account that had the name. It may no longer exist. */
    user_id: integer('user_id').notNull(),
    released_at: instant('released_at').notNull(),
  },
  (t) => [index('reserved_usernames_released_at').on(t.released_at)],
)

/**
 * The columns of any kind of content. The author's name stands in the row so that a page of a list reads its own rows
 * and no others; who changes a username changes it here too, in the same batch.
 */
const contentColumns = () => ({
  id: integer('id').primaryKey({ autoIncrement: true }),
  author_id: integer('author_id')
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' }),
  author_name: text('author_name').notNull(),
  author_normalized: text('author_normalized').notNull(),
  title: text('title').notNull(),
  visibility: text('visibility', { enum: ['public', 'members'] }).notNull(),
  /** Null: a draft. In the future: scheduled. */
  published_at: instant('published_at'),
  created_at: instant('created_at').notNull(),
  updated_at: instant('updated_at').notNull(),
  /** Grows by one with every change of what is shown; the entity tag is made of it. */
  version: integer('version').notNull(),
  /** Null: not hidden by an operator. */
  hidden_at: instant('hidden_at'),
  hidden_reason: text('hidden_reason'),
  /** Follows `users.suspended_at` of the author, for items that are published or scheduled. */
  author_suspended: flag('author_suspended'),
  /**
   * `published_at` of what everybody may know of, else null. Lists and search read this column and no other: an item that
   * is hidden, or whose author is suspended, is not in their indexes, and no writer has to keep the column up to date.
   */
  listed_at: instant('listed_at').generatedAlwaysAs(
    (): SQL => sql`case when hidden_at is null and author_suspended = 0 then published_at end`,
    { mode: 'virtual' },
  ),
})

/** A table of any kind of content: what `content.ts` works on. */
export type ContentTable = ReturnType<typeof sqliteTable<string, ReturnType<typeof contentColumns>>>

type Indexed = Record<
  'id' | 'author_id' | 'author_normalized' | 'author_suspended' | 'published_at' | 'listed_at',
  AnySQLiteColumn
>

/** The ways in which any kind is listed: all that is published, an author's, one's own drafts and schedule, all one's own. */
const contentIndexes = (name: string, t: Indexed) => [
  index(`${name}_listed`).on(t.listed_at, t.id),
  index(`${name}_by_author`).on(t.author_normalized, t.listed_at, t.id),
  index(`${name}_own_by_status`).on(t.author_id, t.published_at, t.id),
  index(`${name}_own`).on(t.author_id, t.id),
  // For suspending an author and lifting it, step by step.
  index(`${name}_listed_by_author`).on(t.author_id, t.listed_at),
  index(`${name}_author_suspended`)
    .on(t.author_id)
    .where(sql`author_suspended = 1`),
]

export const posts = sqliteTable('posts', { ...contentColumns(), body: text('body').notNull() }, (t) =>
  contentIndexes('posts', t),
)

const list = (name: string) => text(name, { mode: 'json' }).$type<string[]>().notNull().default([])

export const recipes = sqliteTable(
  'recipes',
  {
    ...contentColumns(),
    description: text('description'),
    servings: integer('servings'),
    cook_minutes: integer('cook_minutes'),
    ingredients: list('ingredients'),
    directions: list('directions'),
  },
  (t) => contentIndexes('recipes', t),
)

/** Every kind of content: what a change of a username, a deletion and an export have to reach. */
export const contentTables = { posts, recipes }

/**
 * What a client's `Idempotency-Key` made, for a day. The first answer is not kept: it follows from the request, which a
 * replay has to repeat, and from what is here.
 */
export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    user_id: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    /** A digest of the path and the body. */
    fingerprint: text('fingerprint').notNull(),
    /** Tells the request that made the row from those that found it. */
    nonce: text('nonce').notNull(),
    item_id: integer('item_id'),
    author_name: text('author_name').notNull(),
    created_at: instant('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.user_id, t.key] }), index('idempotency_keys_created_at').on(t.created_at)],
)

/** What each mail is for. The first five carry a token, the others are notices. */
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

/** Mails that were asked for: no text and no token, both of which are made when a mail is sent. See mail/outbox.ts. */
export const outbox = sqliteTable(
  'outbox',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    /** New with each mail that is asked for. The provider recognises a repetition by it. */
    mail_id: text('mail_id').notNull(),
    /** What may be mailed once a minute: a purpose and an account, or a keyed digest of an address. */
    throttle_key: text('throttle_key').notNull(),
    purpose: text('purpose', { enum: MAIL_PURPOSES }).notNull(),
    /** Null for an address without an account, and for a notice, which outlives its account. */
    user_id: integer('user_id').references(() => users.id, { onDelete: 'cascade' }),
    /** Null when no account has the address that was asked for: nothing is sent. */
    recipient: text('recipient'),
    /** The user's `epoch` when the mail was asked for. */
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

/** How many mails were asked for in a day of UTC (`2026-11-25`): see `MAILS_PER_DAY`. */
export const mailDays = sqliteTable('mail_days', {
  day: text('day').primaryKey(),
  mails: integer('mails').notNull(),
})

/** What users report to the operators: one report for each user and item. */
export const reports = sqliteTable(
  'reports',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    /** The content type, which is the name of its table, and the id of the item. */
    type: text('type').notNull(),
    item_id: integer('item_id').notNull(),
    author_id: integer('author_id').notNull(),
    reporter_id: integer('reporter_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    reason: text('reason', { enum: ['spam', 'harassment', 'illegal', 'copyright', 'other'] }).notNull(),
    detail: text('detail'),
    status: text('status', { enum: ['open', 'resolved'] }).notNull(),
    /** How an operator resolved it, and who. */
    note: text('note'),
    resolved_by: integer('resolved_by'),
    resolved_at: instant('resolved_at'),
    created_at: instant('created_at').notNull(),
    version: integer('version').notNull(),
  },
  (t) => [
    uniqueIndex('reports_of_reporter').on(t.reporter_id, t.type, t.item_id),
    index('reports_by_status').on(t.status, t.id),
  ],
)

/**
 * What operators did. Triggers in `drizzle/` refuse every update, and the deletion of rows that are younger than 400 days.
 * No row refers to another table, so the entries about an account outlive it.
 */
export const auditLog = sqliteTable(
  'audit_log',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    created_at: instant('created_at').notNull(),
    /** `user:1`, `cli` or `system`. */
    actor: text('actor').notNull(),
    action: text('action', {
      enum: [
        // By `npm run operator`.
        'role-granted',
        'role-revoked',
        // By routes.
        'user-suspended',
        'suspension-lifted',
        'sessions-revoked',
        'password-reset-issued',
        'user-deleted',
        'item-hidden',
        'item-unhidden',
        'report-resolved',
        'report-reopened',
        'invitation-issued',
      ],
    }).notNull(),
    /** `user:1`, `posts:34`, `report:5`. */
    subject: text('subject').notNull(),
    /** The account that it concerns. */
    subject_user_id: integer('subject_user_id'),
    reason: text('reason'),
    request_id: text('request_id'),
  },
  (t) => [
    index('audit_log_by_subject').on(t.subject, t.id),
    index('audit_log_by_actor').on(t.actor, t.id),
    index('audit_log_by_actor_and_subject').on(t.actor, t.subject, t.id),
    index('audit_log_about_user').on(t.subject_user_id, t.id),
  ],
)
