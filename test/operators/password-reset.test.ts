import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { connect } from '../../src/store/database.ts'
import { outbox, users } from '../../src/store/schema.ts'
import { accountWithMail, mailEnv, mailsTo } from '../support/mailbox.ts'
import { ageReauthentication, auditOf, operator } from '../support/operators.ts'
import { account, call, env, PASSWORD } from '../support/service.ts'

const issue = (token: string, id: number, given = env) =>
  call('POST', `/operator/users/${id}/password-reset`, { token, env: given })
const new_password = 'another passphrase nobody uses'

test('the link from an operator sets a new password once, without mail', async () => {
  const [admin, user] = [await operator(), await account()]
  const { status, headers, body } = await issue(admin.token, user.id)
  expect([status, headers.get('Cache-Control')]).toEqual([201, 'no-store'])
  expect(body.url).toBe(`http://postern.test/reset#${body.token}`)
  const use = () => call('PUT', '/users/password-reset', { json: { token: body.token, new_password } })
  expect((await use()).status).toBe(204)
  expect((await use()).status).toBe(401)
  expect(await connect(env).$count(outbox)).toBe(0)
  const signIn = (password: string) => call('POST', '/users/login', { json: { email: user.email, password } })
  expect((await signIn(PASSWORD)).status).toBe(401)
  expect((await signIn(new_password)).status).toBe(200)
  const [row] = await connect(env).select({ at: users.email_verified_at }).from(users).where(eq(users.id, user.id))
  // The address is not verified: the link does not prove who owns it.
  expect(row?.at).toBeNull()
  expect((await auditOf(`user:${user.id}`)).map(({ action }) => action)).toEqual(['password-reset-issued'])
})

test('with mail, the user is notified', async () => {
  const [admin, user] = [await operator(), await accountWithMail()]
  expect((await issue(admin.token, user.id, mailEnv)).status).toBe(201)
  expect(mailsTo(user.email).at(-1)?.subject).toContain('can reset your password')
})

test('issuing a link requires a recent proof of the password, which reauthentication provides', async () => {
  const [admin, user] = [await operator(), await account()]
  await ageReauthentication(admin.id, 16 * 60_000)
  expect(await issue(admin.token, user.id)).toMatchObject({ status: 403, body: { code: 'reauthentication-required' } })
  const prove = (current_password: string) =>
    call('POST', '/users/me/reauthenticate', { token: admin.token, json: { current_password } })
  expect((await prove('not it')).status).toBe(403)
  expect((await issue(admin.token, user.id)).status).toBe(403)
  expect((await prove(PASSWORD)).status).toBe(204)
  expect((await issue(admin.token, user.id)).status).toBe(201)
})
