/** Accounts: registered, signed in to, and looked at by their owners. */
import { and, eq, or, sql } from 'drizzle-orm'
import { rowOf, type Database } from './db.ts'
import type { Config } from './env.ts'
import { hash, isStale, noHash, verify } from './password.ts'
import { Problem, type Fault } from './problem.ts'
import { sessions, users } from './schema.ts'
import { begin, grant, isAlive, type Viewer } from './session.ts'
import { fold } from './text.ts'

/** What an account's owner sees of it. Never the hash: a user's row is always read column by column. */
const me = {
  id: users.id,
  username: users.username,
  email: users.email,
  created_at: users.created_at,
  updated_at: users.updated_at,
}

type Registration = { username: string; email: string; password: string }
type Credentials = { password: string; email?: string | undefined; username?: string | undefined }

/** Makes an account and its first session, in one batch. Throws `username-taken` or `email-taken` (409). */
export async function register(
  db: Database,
  config: Config,
  input: Registration,
  userAgent?: string,
  now = Date.now(),
) {
  const { username, email } = input
  const [username_key, email_key] = [fold(username), fold(email)]
  const password_hash = await hash(input.password, config.pepper)
  const at = new Date(now)
  const session = begin(userAgent, now)

  // A hash has a fresh salt, so the row that holds this one is the row that this batch wrote, or there is none.
  const isOurs = and(eq(users.username_key, username_key), eq(users.password_hash, password_hash))
  const [[user], , holders] = await db.batch([
    db
      .insert(users)
      .values({ username, username_key, email, email_key, password_hash, created_at: at, updated_at: at })
      .onConflictDoNothing()
      .returning(me),
    db
      .insert(sessions)
      .select(sql`select ${rowOf(sessions, { ...session, user_id: users.id })} from ${users} where ${isOurs}`),
    db
      .select({ username_key: users.username_key, email_key: users.email_key })
      .from(users)
      .where(or(eq(users.username_key, username_key), eq(users.email_key, email_key))),
  ])
  if (!user) throw taken(holders, { username_key, email_key })
  return { ...(await grant(config, { userId: user.id, sessionId: session.id }, session.counter, now)), user }
}

type NameKeys = Pick<typeof users.$inferSelect, 'username_key' | 'email_key'>

/** One problem that names both faults where there are two. */
function taken(holders: NameKeys[], { username_key, email_key }: NameKeys): Problem {
  const errors: Fault[] = []
  const isUsername = holders.some((holder) => holder.username_key === username_key)
  if (isUsername) errors.push({ pointer: '#/username', detail: 'Somebody has this username.' })
  if (holders.some((holder) => holder.email_key === email_key)) {
    errors.push({ pointer: '#/email', detail: 'Somebody has this e-mail address.' })
  }
  return new Problem(isUsername ? 'username-taken' : 'email-taken', { errors })
}

/**
 * Begins a session for whoever knows the password. Throws `invalid-credentials` (401), the same for every cause and at
 * the same cost: an unknown user's password is hashed too.
 */
export async function signIn(db: Database, config: Config, input: Credentials, userAgent?: string, now = Date.now()) {
  const { password, email, username } = input
  const [found] = await db
    .select({ ...me, password_hash: users.password_hash })
    .from(users)
    .where(email === undefined ? eq(users.username_key, fold(username ?? '')) : eq(users.email_key, fold(email)))
  const fits = await verify(password, found?.password_hash ?? noHash(config.pepper), config.pepper)
  if (!found || !fits) throw new Problem('invalid-credentials')

  const { password_hash, ...user } = found
  const session = begin(userAgent, now)
  // The hash is asked for again: a password that was changed meanwhile begins no session.
  const isUnchanged = and(eq(users.id, user.id), eq(users.password_hash, password_hash))
  const open = db
    .insert(sessions)
    .select(sql`select ${rowOf(sessions, { ...session, user_id: users.id })} from ${users} where ${isUnchanged}`)
    .returning({ id: sessions.id })
  const [opened] = isStale(password_hash, config.pepper)
    ? (
        await db.batch([
          open,
          db
            .update(users)
            .set({ password_hash: await hash(password, config.pepper) })
            .where(isUnchanged),
        ])
      )[0]
    : await open
  if (!opened) throw new Problem('invalid-credentials')
  return { ...(await grant(config, { userId: user.id, sessionId: session.id }, session.counter, now)), user }
}

/** The viewer's own account. Throws `invalid-token` (401) where the session is over. */
export async function readMe(db: Database, viewer: Viewer, now = Date.now()) {
  const [user] = await db
    .select(me)
    .from(users)
    .innerJoin(sessions, eq(sessions.user_id, users.id))
    .where(isAlive(viewer, now))
  if (!user) throw new Problem('invalid-token')
  return user
}
