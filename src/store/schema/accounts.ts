/** The tables of accounts: users, sessions, and what sign-ins need. */
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { flag, instant } from './columns.ts'

export const users = sqliteTable(
  'users',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    username: text('username').notNull(),
    /** What makes a username unique: see `normalizeName` in text.ts. */
    username_normalized: text('username_normalized').notNull(),
    /** How often the username changed: a part of the entity tags of what the account wrote. */
    renames: integer('renames').notNull().default(0),
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
    /** Not null while the items of a deleted account are deleted in steps: see `accounts/deletion.ts`. */
    deleted_at: instant('deleted_at'),
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
    index('users_active')
      .on(t.id)
      .where(sql`suspended_at is null`),
    index('users_suspended')
      .on(t.id)
      .where(sql`suspended_at is not null`),
    index('users_deleted')
      .on(t.id)
      .where(sql`deleted_at is not null`),
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
