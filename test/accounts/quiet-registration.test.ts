import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { connect } from '../../src/store/database.ts'
import { outbox, users } from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { accountWithMail, mailEnv, mailsTo, tokenTo } from '../support/mailbox.ts'
import { call, PASSWORD } from '../support/service.ts'

const db = connect(mailEnv)
const quiet = { ...mailEnv, REGISTRATION: 'quiet' }
const newcomer = () => {
  const username = `quiet-${crypto.randomUUID().slice(0, 8)}`
  return { username, email: `${username}@example.com`, password: PASSWORD }
}
const register = (json: object) => call('POST', '/users/register', { env: quiet, json })
const verify = (token: string) => call('PUT', '/users/email-verification', { env: quiet, json: { token } })

test('a registration creates no account until the link in the mail is used', async () => {
  const json = newcomer()
  const { status, text, headers } = await register(json)
  expect([status, text, headers.get('Set-Cookie')]).toEqual([202, '', null])
  const login = { env: quiet, json: { email: json.email, password: PASSWORD } }
  expect((await call('POST', '/users/login', login)).status).toBe(401)
  expect((await call('GET', `/users/${json.username}`, { env: quiet })).status).toBe(404)

  const token = tokenTo(json.email, '/verify')
  for (let n = 0; n < 2; n++) expect((await verify(token)).status).toBe(204)
  const { status: signedIn, body } = await call('POST', '/users/login', login)
  expect([signedIn, body.user.username, body.user.email_verified]).toEqual([200, json.username, true])
  expect(await db.$count(users, eq(users.email, json.email))).toBe(1)
  const [row] = await db.select().from(outbox).where(eq(outbox.recipient, json.email))
  expect([row?.payload, row?.user_id]).toEqual([null, body.user.id])
})

test('a taken and a free address have the same responses, also in later requests', async () => {
  const holder = await accountWithMail()
  const [free, taken] = [newcomer(), { ...newcomer(), email: holder.email }]
  const without = (headers: Headers) => [...headers].filter(([name]) => name !== 'x-request-id')
  const [first, second] = [await register(free), await register(taken)]
  expect([second.status, second.text, without(second.headers)]).toEqual([202, '', without(first.headers)])
  for (const { username } of [free, taken]) {
    expect((await call('GET', `/users/${username}`, { env: quiet })).status).toBe(404)
    expect((await register({ ...newcomer(), username })).status).toBe(202)
    expect((await call('POST', '/users/login', { env: quiet, json: { username, password: PASSWORD } })).status).toBe(
      401,
    )
  }
  const mail = mailsTo(holder.email).at(-1)
  expect(mail?.subject).toBe('Your e-mail address already has an account at Example')
  expect(mail?.text).not.toContain('#')
})

test('returns 409 for a taken username, because usernames are public', async () => {
  const { username } = await accountWithMail()
  const json = { ...newcomer(), username: username.toUpperCase() }
  const { status, body } = await register(json)
  expect([status, body.code]).toEqual([409, 'username-taken'])
  expect(mailsTo(json.email)).toEqual([])
})

test('of two registrations with one username, the first used link gets it', async () => {
  const first = newcomer()
  const second = { ...newcomer(), username: first.username }
  await register(first)
  await register(second)
  expect((await verify(tokenTo(second.email, '/verify'))).status).toBe(204)
  const late = await verify(tokenTo(first.email, '/verify'))
  expect([late.status, late.body.code]).toEqual([409, 'username-taken'])
})

test('a registration of the same address a minute later replaces the first one', async () => {
  const json = newcomer()
  await register(json)
  const token = tokenTo(json.email, '/verify')
  await register({ ...json, password: 'a second passphrase nobody uses' })
  expect(mailsTo(json.email)).toHaveLength(1)
  await db
    .update(outbox)
    .set({ created_at: new Date(Date.now() - 60_001) })
    .where(eq(outbox.recipient, json.email))
  await register({ ...json, password: 'a third passphrase nobody uses' })
  expect((await verify(token)).status).toBe(401)
  expect((await verify(tokenTo(json.email, '/verify'))).status).toBe(204)
  const password = 'a third passphrase nobody uses'
  expect((await call('POST', '/users/login', { json: { email: json.email, password } })).status).toBe(200)
})
