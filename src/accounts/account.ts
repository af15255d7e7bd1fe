/** What an account is to its owner and to everybody, and which names are taken. */
import { and, eq, exists, gt, ne, or, sql, type SQL } from 'drizzle-orm'
import { Problem, type Fault } from '../http/problem.ts'
import { insertValues, type Database } from '../store/database.ts'
import { reservedUsernames, users } from '../store/schema.ts'
import { normalizeName } from '../text.ts'
import type { issueTokens } from './session.ts'

/** The columns that the owner sees. The hash is not among them: a user's row is always selected column by column. */
export const meColumns = {
  id: users.id,
  username: users.username,
  email: users.email,
  email_verified: sql<boolean>`${users.email_verified_at} is not null`.mapWith(Boolean),
  role: users.role,
  created_at: users.created_at,
  updated_at: users.updated_at,
}

export type Me = Pick<typeof users.$inferSelect, Exclude<keyof typeof meColumns, 'email_verified'>> & {
  email_verified: boolean
}

/** The tokens of a session, when it expires, and its user. */
export type Auth = Awaited<ReturnType<typeof issueTokens>> & { expires_at: Date; user: Me }

/** The name of a renamed or deleted account stays reserved this long, in milliseconds: nobody can impersonate it. */
export const RESERVED_FOR = 90 * 24 * 3600 * 1000

/** Reserves the username of the user that the condition finds, before a statement that renames or deletes the user. */
export const reserveUsername = (db: Database, condition: SQL | undefined, now: number) =>
  db
    .insert(reservedUsernames)
    .select(
      sql`select ${insertValues(reservedUsernames, {
        username_normalized: users.username_normalized,
        user_id: users.id,
        released_at: new Date(now),
      })} from ${users} where ${condition}`,
    )
    .onConflictDoUpdate({
      target: reservedUsernames.username_normalized,
      set: { user_id: sql`excluded.user_id`, released_at: sql`excluded.released_at` },
    })

/** Reserves the username of the user that the condition finds, if `username_normalized` is a new one. */
export const releaseUsername = (
  db: Database,
  username_normalized: string | undefined,
  condition: SQL | undefined,
  now: number,
) =>
  reserveUsername(
    db,
    username_normalized === undefined ? sql`0` : and(condition, ne(users.username_normalized, username_normalized)),
    now,
  )

/** The condition that a username is reserved for another user than `userId`. */
const isReservedFor = (username_normalized: string | SQL, now: number, userId: number) =>
  and(
    eq(reservedUsernames.username_normalized, username_normalized),
    gt(reservedUsernames.released_at, new Date(now - RESERVED_FOR)),
    ne(reservedUsernames.user_id, userId),
  )

/** The condition that a username is reserved, for a statement about another table. */
export const isReserved = (db: Database, username_normalized: string | SQL, now: number) =>
  exists(
    db
      .select({ user_id: reservedUsernames.user_id })
      .from(reservedUsernames)
      .where(isReservedFor(username_normalized, now, 0)),
  )

export type NormalizedNames = {
  username_normalized?: string | undefined
  email_normalized?: string | null | undefined
}

/** The accounts that have one of two names, and the reserved username. The names of `userId` itself are left out. */
export function selectNameHolders(
  db: Database,
  { username_normalized, email_normalized }: NormalizedNames,
  now: number,
  userId = 0,
) {
  const hasUsername = username_normalized === undefined ? sql`0` : eq(users.username_normalized, username_normalized)
  const hasEmail = email_normalized == null ? sql`0` : eq(users.email_normalized, email_normalized)
  const { username_normalized: reserved } = reservedUsernames
  return db
    .select({ username_normalized: users.username_normalized, email_normalized: users.email_normalized })
    .from(users)
    .where(and(or(hasUsername, hasEmail), ne(users.id, userId)))
    .unionAll(
      db
        .select({ username_normalized: reserved, email_normalized: sql<string | null>`null` })
        .from(reservedUsernames)
        .where(username_normalized === undefined ? sql`0` : isReservedFor(username_normalized, now, userId)),
    )
}

/** One problem for both names. */
export function nameTakenProblem(holders: NormalizedNames[], names: NormalizedNames): Problem {
  const errors: Fault[] = []
  const isEmail = holders.some(({ email_normalized }) => email_normalized === names.email_normalized)
  const isUsername = holders.some(({ username_normalized }) => username_normalized === names.username_normalized)
  if (isUsername) errors.push({ pointer: '#/username', detail: 'This username is already taken.' })
  if (isEmail) errors.push({ pointer: '#/email', detail: 'This e-mail address is already taken.' })
  return new Problem(isUsername ? 'username-taken' : 'email-taken', { errors })
}

/** The public profile of an account. Throws `not-found` (404). */
export async function readProfile(db: Database, username: string) {
  const [profile] = await db
    .select({ username: users.username, created_at: users.created_at })
    .from(users)
    .where(eq(users.username_normalized, normalizeName(username)))
  if (!profile) throw new Problem('not-found')
  return profile
}
