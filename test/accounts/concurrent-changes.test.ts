/** Sign-ins, resets, changes and repeated registrations while the account changes, and accounts with the same stored hash. */
import { eq, sql } from 'drizzle-orm'
import { afterEach, describe, expect, test } from 'vitest'
import { deriveInline } from '../../src/accounts/key-derivation.ts'
import { hashPassword } from '../../src/accounts/password.ts'
import { connect } from '../../src/store/database.ts'
import { sessions, users } from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { accountWithMail, callWithMail, mailsTo, resetTokenOf } from '../support/mailbox.ts'
import { allRows } from '../support/rows.ts'
import { account, call, env, PASSWORD } from '../support/service.ts'

const db = connect(env)
const hash = (password: string) => hashPassword(password, { config: { pepper: undefined }, derive: deriveInline })
const [SAME, AGAIN, OTHER] = [await hash(PASSWORD), await hash(PASSWORD), await hash('another passphrase')]

const { subtle } = crypto
const { deriveBits } = subtle
afterEach(() => void (subtle.deriveBits = deriveBits))

/** Each of the next verifications ends after the stored hash of the user was replaced by the next of `hashes`. */
function replaceDuring(id: number, hashes: string[]) {
  const waiting = hashes.values()
  // A hash has six derivations.
  let derivations = 0
  subtle.deriveBits = async (...args) => {
    const next = derivations++ % 6 === 0 ? waiting.next().value : undefined
    if (next !== undefined) await setHash(id, next)
    return deriveBits.apply(subtle, args)
  }
}

const setHash = (id: number, password_hash: string) => db.update(users).set({ password_hash }).where(eq(users.id, id))
const storedOf = async (id: number) => {
  const columns = { password_hash: users.password_hash, last_login_at: users.last_login_at }
  const [row] = await db.select(columns).from(users).where(eq(users.id, id))
  return { ...row, sessions: await db.$count(sessions, eq(sessions.user_id, id)) }
}

type Action = (who: { username: string; email: string }) => ReturnType<typeof call>
const signIn: Action = ({ email }) => call('POST', '/users/login', { json: { email, password: PASSWORD } })
const register: Action = ({ username, email }) =>
  call('POST', '/users/register', {
    json: { username, email, password: PASSWORD },
    headers: { 'Idempotency-Key': username },
  })

/** An account whose registration can be repeated. */
async function registered() {
  const username = `twice-${crypto.randomUUID().slice(0, 8)}`
  const who = { username, email: `${username}@example.com` }
  const { body } = await register(who)
  return { ...who, id: body.user.id as number }
}

test('a sign-in during which the password changes starts no session and keeps the new hash', async () => {
  const who = await account()
  const { last_login_at } = await storedOf(who.id)
  replaceDuring(who.id, [OTHER])
  expect(await signIn(who)).toMatchObject({ status: 401, body: { code: 'invalid-credentials' } })
  expect(await storedOf(who.id)).toEqual({ password_hash: OTHER, last_login_at, sessions: 1 })
})

test('a sign-in during which another one replaces the hash verifies the password again', async () => {
  const who = await account()
  replaceDuring(who.id, [SAME])
  expect((await signIn(who)).status).toBe(200)
  expect(await storedOf(who.id)).toMatchObject({ password_hash: SAME, sessions: 2 })
})

test('a sign-in verifies the password again only once', async () => {
  const who = await account()
  replaceDuring(who.id, [SAME, AGAIN])
  expect(await signIn(who)).toMatchObject({ status: 401, body: { code: 'invalid-credentials' } })
  expect(await storedOf(who.id)).toMatchObject({ password_hash: AGAIN, sessions: 1 })
})

test('a repeated registration during which the password changes starts no session', async () => {
  const who = await registered()
  // The new request is hashed first, and its password is verified then.
  replaceDuring(who.id, [(await storedOf(who.id)).password_hash ?? '', OTHER])
  expect(await register(who)).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } })
  expect(await storedOf(who.id)).toMatchObject({ password_hash: OTHER, sessions: 1 })
})

/** Runs `work` in the middle of the next hash. */
function during(work: () => PromiseLike<unknown>) {
  subtle.deriveBits = async (...args) => {
    subtle.deriveBits = deriveBits
    await work()
    return deriveBits.apply(subtle, args)
  }
}

/** Makes the last proof of the password old, so that a new one changes the row. */
const ageProofs = (id: number) =>
  db
    .update(sessions)
    .set({ reauthenticated_at: new Date(0) })
    .where(eq(sessions.user_id, id))

/** What a password change of the user writes. */
const changePassword = (id: number) =>
  db
    .update(users)
    .set({ password_hash: OTHER, epoch: sql`${users.epoch} + 1` })
    .where(eq(users.id, id))

test('a password reset during which the password changes fails and ends no session', async () => {
  const who = await accountWithMail()
  const token = await resetTokenOf(who.email)
  during(() => changePassword(who.id))
  const json = { token, new_password: 'a third passphrase' }
  const { status, body } = await callWithMail('PUT', '/users/password-reset', { json })
  expect([status, body.code]).toEqual([401, 'invalid-mail-token'])
  expect(await storedOf(who.id)).toMatchObject({ password_hash: OTHER, sessions: 1 })
  expect(mailsTo(who.email).map(({ subject }) => subject)).not.toContain('Your password for Example was changed')
})

type WithPassword = [method: string, path: string, rest?: object]
const WITH_PASSWORD: WithPassword[] = [
  ['PUT', '/users/me/password', { new_password: 'a third passphrase' }],
  ['PATCH', '/users/me', { username: `renamed-${crypto.randomUUID()}`, email: 'renamed@example.com' }],
  ['POST', '/users/me/reauthenticate'],
  ['POST', '/users/me/delete'],
]
const endSessions = (id: number) => db.delete(sessions).where(eq(sessions.user_id, id))

describe.each(WITH_PASSWORD)('%s %s', (method, path, rest) => {
  test.each([
    ['the password changes', 403, 'wrong-password', changePassword],
    ['the session ends', 401, 'invalid-token', endSessions],
  ])('changes nothing if %s meanwhile', async (_, status, code, work) => {
    const who = await account()
    await signIn(who)
    await ageProofs(who.id)
    let after: string[] = []
    during(async () => {
      await work(who.id)
      after = await allRows(['login_attempts'])
    })
    const json = { current_password: PASSWORD, ...rest }
    expect(await call(method, path, { token: who.token, json })).toMatchObject({ status, body: { code } })
    expect(await allRows(['login_attempts'])).toEqual(after)
  })
})

test.each([
  ['a sign-in', signIn, 1, 'account-suspended'],
  ['a repeated registration', register, 2, 'idempotency-key-reused'],
])('%s during which the user is suspended starts no session', async (_, action, hashes, code) => {
  const who = await registered()
  // A repeated registration is hashed before the first query.
  let derivations = 0
  subtle.deriveBits = async (...args) => {
    if (++derivations === 6 * hashes)
      await db.update(users).set({ suspended_at: new Date() }).where(eq(users.id, who.id))
    return deriveBits.apply(subtle, args)
  }
  expect((await action(who)).body.code).toBe(code)
  expect(await storedOf(who.id)).toMatchObject({ sessions: 1 })
})

test.each([
  ['a sign-in', signIn],
  ['a repeated registration', register],
])('%s concerns one account, also if another one was imported with the same stored hash', async (_, action) => {
  const [who, other] = [await registered(), await account()]
  for (const { id } of [other, who]) await setHash(id, SAME)
  const before = await storedOf(other.id)
  const { status, body } = await action(who)
  expect([Math.floor(status / 100), body.user.id]).toEqual([2, who.id])
  expect(await storedOf(other.id)).toEqual(before)
  expect(await storedOf(who.id)).toMatchObject({ sessions: 2 })
})
