import { eq, getTableColumns, getTableName, is } from 'drizzle-orm'
import { SQLiteTable, type SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { expect, test } from 'vitest'
import { sessionSubject } from '../../src/accounts/login-throttle.ts'
import { readConfig } from '../../src/config.ts'
import { connect } from '../../src/store/database.ts'
import * as schema from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { CONTENT_TYPES } from '../support/content-types.ts'
import { accountWithMail } from '../support/mailbox.ts'
import { newReport } from '../support/operators.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { account, call, env, PASSWORD } from '../support/service.ts'
import { claimsOf } from '../support/tokens.ts'

const db = connect(env)
const login = (json: unknown) => call('POST', '/users/login', { json })
const change = (token: string, json: unknown) => call('PATCH', '/users/me', { token, json })
const unique = (name: string) => `${name}-${crypto.randomUUID()}`

test('a profile has the username and the creation time, and nothing else', async () => {
  const { username, auth } = await account()
  for (const name of [username, username.toUpperCase(), encodeURIComponent(username)]) {
    const { status, body } = await call('GET', `/users/${name}`)
    expect(status).toBe(200)
    expect(body).toEqual({ username, created_at: auth.user.created_at })
  }
  for (const name of ['nobody', '%00', '%F0%9F%90%B8', 'x'.repeat(1000)]) {
    expect((await call('GET', `/users/${name}`)).status).toBe(404)
  }
})

test('changes a username without a password, also in the items of the user', async () => {
  const mine = await account()
  const other = await account()
  const { body: post, headers } = await call('POST', '/posts', { token: mine.token, json: { title: 'x', body: 'x' } })
  const { body: theirs } = await call('POST', '/posts', { token: other.token, json: { title: 'x', body: 'x' } })
  const username = unique('새이름')
  const { status, body } = await change(mine.token, { username })
  expect(status).toBe(200)
  expect(body).toMatchObject({ id: mine.id, username, email: mine.email })
  expect((await call('GET', '/users/me', { token: mine.token })).body).toEqual(body)
  expect((await login({ username, password: PASSWORD })).status).toBe(200)
  expect((await login({ username: mine.username, password: PASSWORD })).status).toBe(401)

  const read = await call('GET', `/posts/${post.id}`, { token: other.token })
  expect(read.body.author).toEqual({ id: mine.id, username })
  expect(read.headers.get('ETag')).not.toBe(headers.get('ETag'))
  expect((await call('GET', `/posts/${theirs.id}`, { token: other.token })).body).toEqual(theirs)
})

test('a user can change the spelling of the username', async () => {
  const { token, username } = await account()
  expect((await change(token, { username: username.toUpperCase() })).body.username).toBe(username.toUpperCase())
})

test('refuses a taken username or address and changes nothing', async () => {
  const mine = await account()
  const other = await account()
  const { body: post } = await call('POST', '/posts', { token: mine.token, json: { title: 'x', body: 'x' } })
  const before = (await call('GET', '/users/me', { token: mine.token })).body

  const name = await change(mine.token, { username: other.username.toUpperCase() })
  expect([name.status, name.body.type, name.body.errors[0].pointer]).toEqual([
    409,
    '/problems/username-taken',
    '#/username',
  ])
  const address = await change(mine.token, { email: other.email.toUpperCase(), current_password: PASSWORD })
  expect([address.status, address.body.type, address.body.errors[0].pointer]).toEqual([
    409,
    '/problems/email-taken',
    '#/email',
  ])
  const both = await change(mine.token, { username: other.username, email: other.email, current_password: PASSWORD })
  expect(both.body.errors).toHaveLength(2)

  expect((await call('GET', '/users/me', { token: mine.token })).body).toEqual(before)
  expect((await call('GET', `/posts/${post.id}`, { token: mine.token })).body).toEqual(post)
})

test('changing the e-mail address requires the password', async () => {
  const { token, email } = await account()
  const next = `${unique('next')}@example.com`
  const without = await change(token, { email: next })
  expect([without.status, without.body.errors]).toEqual([
    422,
    [{ pointer: '#/current_password', detail: 'Required to change the e-mail address.' }],
  ])
  expect((await change(token, { email: next, current_password: 'not it' })).status).toBe(403)
  expect((await login({ email: next, password: PASSWORD })).status).toBe(401)
  const { status, body } = await change(token, { email: next, current_password: PASSWORD })
  expect([status, body.email]).toEqual([200, next])
  expect((await login({ email: next, password: PASSWORD })).status).toBe(200)
  expect((await login({ email, password: PASSWORD })).status).toBe(401)
})

test.each([
  ['nothing', {}, '#'],
  ['only a password', { current_password: PASSWORD }, '#'],
  ['a bad username', { username: 'a b' }, '#/username'],
  ['a bad address', { email: 'a b', current_password: PASSWORD }, '#/email'],
  ['an id', { username: 'fine', id: 7 }, '#/id'],
  ['a new password', { username: 'fine', password: 'a new passphrase' }, '#/password'],
])('refuses a change: %s', async (_, json, pointer) => {
  const { token } = await account()
  const { status, body } = await change(token, json)
  expect(status).toBe(422)
  expect(body.errors[0].pointer).toBe(pointer)
})

test('a new password ends every other session', async () => {
  const mine = await account()
  const other = (await login({ email: mine.email, password: PASSWORD })).body
  const stranger = await account()
  const { status, text } = await call('PUT', '/users/me/password', {
    token: mine.token,
    json: { current_password: PASSWORD, new_password: '새로운 비밀번호' },
  })
  expect([status, text]).toEqual([204, ''])
  expect((await call('GET', '/users/me', { token: mine.token })).status).toBe(200)
  expect((await call('POST', '/users/refresh', { json: { refresh_token: mine.auth.refresh_token } })).status).toBe(200)
  expect((await call('GET', '/users/me', { token: other.access_token })).status).toBe(401)
  expect((await call('POST', '/users/refresh', { json: { refresh_token: other.refresh_token } })).status).toBe(401)
  expect((await call('GET', '/users/me', { token: stranger.token })).status).toBe(200)
  expect((await login({ email: mine.email, password: PASSWORD })).status).toBe(401)
  expect((await login({ email: mine.email, password: '새로운 비밀번호'.normalize('NFD') })).status).toBe(200)
})

test('a new password must follow the rules, and a wrong current password changes nothing', async () => {
  const { token, username, email } = await account()
  const set = (new_password: string, current_password = PASSWORD) =>
    call('PUT', '/users/me/password', { token, json: { current_password, new_password } })
  for (const bad of ['short', 'password1', username.toUpperCase(), email]) {
    const { status, body } = await set(bad)
    expect([status, body.errors[0].pointer]).toEqual([422, '#/new_password'])
  }
  expect((await set('a new passphrase', 'not it')).status).toBe(403)
  expect((await login({ email, password: PASSWORD })).status).toBe(200)
})

test('of two concurrent password changes one succeeds, and the other gets 403', async () => {
  const { token, email } = await account()
  const set = (new_password: string) =>
    call('PUT', '/users/me/password', { token, json: { current_password: PASSWORD, new_password } })
  const passwords = ['one new passphrase', 'two new passphrases']
  const responses = await Promise.all(passwords.map(set))
  expect(responses.map(({ status }) => status).toSorted()).toEqual([204, 403])
  const logins = await Promise.all(passwords.map((password) => login({ email, password })))
  expect(logins.map(({ status }) => status)).toEqual(responses.map(({ status }) => (status === 204 ? 200 : 401)))
})

/** Every row of every table that concerns an account, by its id or by a key that contains it. */
async function rowsOf(id: number) {
  // Audit entries outlive the account.
  const tables = Object.values(schema)
    .filter((value) => is(value, SQLiteTable))
    .filter((table) => table !== schema.auditLog)
  const found = await Promise.all(
    tables.map(async (table) => {
      const columns: Record<string, SQLiteColumn> = getTableColumns(table)
      const owner = [
        columns.user_id,
        columns.reporter_id,
        columns.author_id,
        table === schema.users ? schema.users.id : undefined,
      ].find(Boolean)
      const rows = owner
        ? await db.select().from(table).where(eq(owner, id))
        : await db
            .select()
            .from(schema.loginAttempts)
            .where(eq(schema.loginAttempts.subject, sessionSubject(readConfig(env), id)))
      return [getTableName(table), rows.length] as const
    }),
  )
  return Object.fromEntries(found)
}

test('deleting an account deletes all of its rows and no others', async () => {
  // With mail, so that each account also has a row in the outbox.
  const mine = await accountWithMail()
  const other = await accountWithMail()
  for (const { token } of [mine, other]) {
    for (const { path, example } of Object.values(CONTENT_TYPES)) {
      await call('POST', path, { token, json: example, headers: { 'Idempotency-Key': path } })
    }
    await newReport({ id: token === mine.token ? mine.id : other.id, token })
  }
  for (const { token } of [mine, other]) {
    const json = { current_password: 'not it' }
    expect((await call('POST', '/users/me/delete', { token, json })).status).toBe(403)
    expect((await change(token, { username: unique('renamed') })).status).toBe(200)
  }
  const { username } = (await call('GET', '/users/me', { token: mine.token })).body
  const before = await rowsOf(mine.id)
  expect(Object.values(before).filter((count) => count === 0)).toEqual([])
  const others = await rowsOf(other.id)

  const { status, text } = await call('POST', '/users/me/delete', {
    token: mine.token,
    json: { current_password: PASSWORD },
  })
  expect([status, text]).toEqual([204, ''])
  // Both names of the account stay reserved.
  const { reserved_usernames: reserved, ...left } = await rowsOf(mine.id)
  expect(reserved).toBe(2)
  expect(Object.values(left).filter((count) => count > 0)).toEqual([])
  expect(await rowsOf(other.id)).toEqual(others)

  expect((await call('GET', '/users/me', { token: mine.token })).status).toBe(401)
  expect((await login({ email: mine.email, password: PASSWORD })).status).toBe(401)
  for (const name of [mine.username, username]) {
    const json = { username: name, email: mine.email, password: PASSWORD }
    const { status: conflict, body: problem } = await call('POST', '/users/register', { json })
    expect([conflict, problem.code]).toEqual([409, 'username-taken'])
  }
  const again = await call('POST', '/users/register', {
    json: { username: unique('again'), email: mine.email, password: PASSWORD },
  })
  expect(again.status).toBe(201)
  expect(again.body.user.id).not.toBe(mine.id)
})

test('the export has everything stored about the user, except the password hash', async () => {
  const mine = await accountWithMail()
  const other = await account()
  const { body: post } = await call('POST', '/posts', {
    token: mine.token,
    json: { title: 'x', body: 'mine', draft: true },
    headers: { 'Idempotency-Key': 'once' },
  })
  const wrong = { current_password: 'not it' }
  await call('POST', '/users/me/delete', { token: mine.token, json: wrong })
  await call('POST', '/posts', { token: other.token, json: { title: 'x', body: 'not mine' } })
  const { status, headers, text, body } = await call('GET', '/users/me/export', { token: mine.token })
  expect(status).toBe(200)
  expect(headers.get('Content-Disposition')).toMatch(/^attachment; filename="[\w-]+\.json"$/)
  expect(body).toMatchObject({
    account: mine.auth.user,
    sessions: [{ id: claimsOf(mine.token).sid }],
    idempotency_keys: [{ key: 'once', item_id: post.id }],
    login_attempts: { failures: 1 },
    sign_in_networks: [{ signed_in_at: expect.any(String) }],
    mails: [{ purpose: 'verify', recipient: mine.email }],
    content: { posts: [post] },
  })
  expect(Object.keys(body.content).toSorted()).toEqual(Object.keys(schema.contentTables).toSorted())
  for (const absent of [
    'of another user',
    'pbkdf2',
    'password_hash',
    'counter',
    'nonce',
    'rotation_key',
    'registration_key',
    other.username,
  ])
    expect(text).not.toContain(absent)
})

test('the account routes make exactly their budget of round trips', async () => {
  const { token } = await account()
  const current_password = PASSWORD
  expect({
    profile: await countRoundTrips(() => call('GET', '/users/nobody')),
    export: await countRoundTrips(() => call('GET', '/users/me/export', { token })),
    'patch username': await countRoundTrips(() => change(token, { username: unique('x') })),
    'patch e-mail': await countRoundTrips(() =>
      change(token, { email: `${unique('x')}@example.com`, current_password }),
    ),
    password: await countRoundTrips(() =>
      call('PUT', '/users/me/password', { token, json: { current_password, new_password: PASSWORD } }),
    ),
    'wrong password': await countRoundTrips(() =>
      call('POST', '/users/me/delete', { token, json: { current_password: 'no' } }),
    ),
    delete: await countRoundTrips(() => call('POST', '/users/me/delete', { token, json: { current_password } })),
  }).toEqual({
    profile: 1,
    export: 1,
    'patch username': 1,
    'patch e-mail': 2,
    password: 2,
    'wrong password': 1,
    delete: 2,
  })
})
