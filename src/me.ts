/** One's own account: looked at, changed, taken away and deleted. */
import { and, eq, getTableColumns, ne, notExists, exists, sql } from 'drizzle-orm'
import { holdersOf, me, taken } from './account.ts'
import type { Caller } from './audit.ts'
import { toWire } from './content.ts'
import type { Database } from './db.ts'
import { countFailure, forgive, isGuessOf, ofAccount, refuseHaste } from './guess.ts'
import { hash, verify } from './password.ts'
import { Problem } from './problem.ts'
import { contentTables, guesses, idempotencyKeys, sessions, users } from './schema.ts'
import { hasSession, isAlive, others, requireSession, type Viewer } from './session.ts'
import { fold } from './text.ts'

type ProfileChange = {
  username?: string | undefined
  email?: string | undefined
  current_password?: string | undefined
}
type PasswordChange = { current_password: string; new_password: string }

/** Throws `invalid-token` (401) where the session is over, as everything here does. */
export async function readMe(db: Database, viewer: Viewer, now = Date.now()) {
  const [user] = await db
    .select(me)
    .from(users)
    .innerJoin(sessions, eq(sessions.user_id, users.id))
    .where(isAlive(viewer, now))
  if (!user) throw new Problem('invalid-token')
  return user
}

/**
 * The account as its owner's password opens it. Throws `wrong-password` (403) and counts it, or `too-many-guesses`
 * (429); what the password opens carries `isUnchanged`, so that it is not opened with one that was changed meanwhile.
 */
async function unlock(db: Database, { config, audit }: Caller, viewer: Viewer, password: string, now: number) {
  const [found] = await db
    .select({ ...me, password_hash: users.password_hash, retry_at: guesses.retry_at })
    .from(users)
    .innerJoin(sessions, eq(sessions.user_id, users.id))
    .leftJoin(guesses, isGuessOf(users.id))
    .where(isAlive(viewer, now))
  if (!found) throw new Problem('invalid-token')
  refuseHaste(found.retry_at, now, () => audit('login-slowed', found.id))
  if (!(await verify(password, found.password_hash, config.pepper))) {
    audit('password-wrong', found.id)
    await countFailure(db, ofAccount(found.id), now)
    throw new Problem('wrong-password')
  }
  const isUnchanged = and(
    eq(users.id, found.id),
    eq(users.password_hash, found.password_hash),
    hasSession(db, viewer, now),
  )
  return { user: found, isUnchanged }
}

/** For a change that found nothing to change: the session is over, or the password was changed meanwhile. */
async function explainMiss(db: Database, viewer: Viewer, now: number): Promise<never> {
  await requireSession(db, viewer, now)
  throw new Problem('wrong-password')
}

/** Sets a new password and ends every other session. Throws as `unlock`, and `invalid-input` (422). */
export async function changePassword(
  db: Database,
  caller: Caller,
  viewer: Viewer,
  input: PasswordChange,
  now = Date.now(),
) {
  const { user, isUnchanged } = await unlock(db, caller, viewer, input.current_password, now)
  const own = [user.username, user.email].find((name) => fold(name) === fold(input.new_password))
  if (own) {
    const detail = `Must not be the ${own === user.email ? 'e-mail address' : 'username'}.`
    throw new Problem('invalid-input', { errors: [{ pointer: '#/new_password', detail }] })
  }
  const password_hash = await hash(input.new_password, caller.config.pepper)
  const isChanged = db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, user.id), eq(users.password_hash, password_hash)))
  const [changed] = await db.batch([
    db
      .update(users)
      .set({ password_hash, updated_at: new Date(now) })
      .where(isUnchanged)
      .returning({ id: users.id }),
    db.delete(sessions).where(and(others(viewer), exists(isChanged))),
    forgive(db, user.id),
  ])
  if (changed.length === 0) return explainMiss(db, viewer, now)
  caller.audit('password-changed', user.id)
}

/** Changes the username, here and in all that its owner wrote, or the e-mail address. Throws `username-taken`, `email-taken` (409). */
export async function changeProfile(
  db: Database,
  caller: Caller,
  viewer: Viewer,
  input: ProfileChange,
  now = Date.now(),
) {
  const { username, email, current_password } = input
  const unlocked = email === undefined ? null : await unlock(db, caller, viewer, current_password ?? '', now)
  const keys = {
    username_key: username === undefined ? undefined : fold(username),
    email_key: email === undefined ? undefined : fold(email),
  }
  const isMine = unlocked?.isUnchanged ?? and(eq(users.id, viewer.userId), hasSession(db, viewer, now))
  const rivals = holdersOf(db, keys, ne(users.id, viewer.userId))
  const isRenamed = db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, viewer.userId), eq(users.username, username ?? '')))
  const renames = Object.values(username === undefined ? {} : contentTables).map((table) =>
    db
      .update(table)
      .set({ author_name: username ?? '', author_key: fold(username ?? ''), version: sql`${table.version} + 1` })
      .where(and(eq(table.author_id, viewer.userId), ne(table.author_name, username ?? ''), exists(isRenamed))),
  )
  const [[user], holders] = await db.batch([
    db
      .update(users)
      .set({
        ...(username !== undefined && { username }),
        ...(email !== undefined && { email }),
        ...keys,
        updated_at: new Date(now),
      })
      .where(and(isMine, notExists(rivals)))
      .returning(me),
    rivals,
    ...renames,
    ...(unlocked ? [forgive(db, viewer.userId)] : []),
  ])
  if (!user) {
    await requireSession(db, viewer, now)
    throw holders.length > 0 ? taken(holders, keys) : new Problem('wrong-password')
  }
  caller.audit(email === undefined ? 'profile-changed' : 'email-changed', user.id)
  return user
}

/** Deletes the account and all it wrote. Throws as `unlock`. */
export async function deleteAccount(db: Database, caller: Caller, viewer: Viewer, password: string, now = Date.now()) {
  const { user, isUnchanged } = await unlock(db, caller, viewer, password, now)
  const isGone = notExists(db.select({ id: users.id }).from(users).where(eq(users.id, user.id)))
  const [deleted] = await db.batch([
    db.delete(users).where(isUnchanged).returning({ id: users.id }),
    // Where foreign keys are on these are gone by now; libSQL may have them off.
    db.delete(sessions).where(and(eq(sessions.user_id, user.id), isGone)),
    db.delete(idempotencyKeys).where(and(eq(idempotencyKeys.user_id, user.id), isGone)),
    db.delete(guesses).where(and(eq(guesses.subject, ofAccount(user.id)), isGone)),
    ...Object.values(contentTables).map((table) => db.delete(table).where(and(eq(table.author_id, user.id), isGone))),
  ])
  if (deleted.length === 0) return explainMiss(db, viewer, now)
  caller.audit('deleted', user.id)
}

/** Everything the service holds about the viewer, but for what only proves a password. */
export async function exportAccount(db: Database, caller: Caller, viewer: Viewer, now = Date.now()) {
  const { user_id: _, counter: _counter, ...session } = getTableColumns(sessions)
  const tables = Object.entries(contentTables)
  const { key, item_id, created_at } = idempotencyKeys
  const { failures, failed_at } = guesses
  const [[account], mine, keys, [wrong], ...contents] = await db.batch([
    db.select(me).from(users).innerJoin(sessions, eq(sessions.user_id, users.id)).where(isAlive(viewer, now)),
    db.select(session).from(sessions).where(eq(sessions.user_id, viewer.userId)),
    db.select({ key, item_id, created_at }).from(idempotencyKeys).where(eq(idempotencyKeys.user_id, viewer.userId)),
    db
      .select({ failures, failed_at })
      .from(guesses)
      .where(eq(guesses.subject, ofAccount(viewer.userId))),
    ...tables.map(([, table]) => db.select().from(table).where(eq(table.author_id, viewer.userId)).orderBy(table.id)),
  ])
  if (!account) throw new Problem('invalid-token')
  caller.audit('exported', account.id)
  const content = Object.fromEntries(tables.map(([name], n) => [name, (contents[n] ?? []).map(toWire)]))
  return {
    exported_at: new Date(now),
    account,
    sessions: mine,
    idempotency_keys: keys,
    wrong_passwords: wrong ?? null,
    content,
  }
}
