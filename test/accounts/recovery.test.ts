import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { connect } from '../../src/store/database.ts'
import { outbox, sessions } from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { accountWithMail, callWithMail, mailEnv, mailsTo, resetTokenOf, tokenTo } from '../support/mailbox.ts'
import { account, call, PASSWORD } from '../support/service.ts'

const db = connect(mailEnv)
const NEW_PASSWORD = 'another passphrase nobody uses'

const reset = (token: string, new_password = NEW_PASSWORD) =>
  callWithMail('PUT', '/users/password-reset', { json: { token, new_password } })

test('the link in a mail sets a new password and ends every session', async () => {
  const { email, token: session, id } = await accountWithMail()
  const from = { 'CF-Connecting-IP': '192.0.2.9' }
  for (let n = 0; n < 11; n++)
    await callWithMail('POST', '/users/login', { headers: from, json: { email, password: 'not it' } })
  const token = await resetTokenOf(email)
  const { status, headers, text } = await reset(token)
  expect([status, text, headers.get('Set-Cookie')]).toEqual([204, '', null])

  expect((await callWithMail('GET', '/users/me', { token: session })).status).toBe(401)
  expect(await db.$count(sessions, eq(sessions.user_id, id))).toBe(0)
  expect((await callWithMail('POST', '/users/login', { json: { email, password: PASSWORD } })).status).toBe(401)
  const login = await callWithMail('POST', '/users/login', { json: { email, password: NEW_PASSWORD } })
  expect([login.status, login.body.user.email_verified]).toEqual([200, true])
  expect(mailsTo(email).at(-1)?.subject).toBe('Your password for Example was changed')
})

test('the response does not reveal whether an account has the address', async () => {
  const { email } = await accountWithMail()
  const known = await callWithMail('POST', '/users/password-reset', { json: { email } })
  const unknown = await callWithMail('POST', '/users/password-reset', { json: { email: 'nobody@example.com' } })
  const without = (headers: Headers) => [...headers].filter(([name]) => name !== 'x-request-id')
  expect([unknown.status, unknown.text, without(unknown.headers)]).toEqual([202, '', without(known.headers)])
  expect(mailsTo('nobody@example.com')).toEqual([])
  expect(mailsTo(email)).toHaveLength(2)
})

test('an account gets one reset mail a minute', async () => {
  const { email } = await accountWithMail()
  const before = mailsTo(email).length
  for (let n = 0; n < 3; n++)
    expect((await callWithMail('POST', '/users/password-reset', { json: { email } })).status).toBe(202)
  expect(mailsTo(email)).toHaveLength(before + 1)
  await db
    .update(outbox)
    .set({ created_at: new Date(Date.now() - 60_001) })
    .where(eq(outbox.recipient, email))
  await callWithMail('POST', '/users/password-reset', { json: { email } })
  expect(mailsTo(email)).toHaveLength(before + 2)
})

test('50 concurrent uses of a token change the password once', async () => {
  const { email } = await accountWithMail()
  const token = await resetTokenOf(email)
  const passwords = Array.from({ length: 50 }, (_, n) => `passphrase number ${n} of fifty`)
  const statuses = await Promise.all(passwords.map(async (password) => (await reset(token, password)).status))
  expect(statuses.filter((status) => status === 204)).toHaveLength(1)
  expect(statuses.filter((status) => status === 401)).toHaveLength(49)
  const password = passwords.find((_, n) => statuses[n] === 204)
  expect((await callWithMail('POST', '/users/login', { json: { email, password } })).status).toBe(200)
  const notices = mailsTo(email).filter(({ subject }) => subject.includes('was changed'))
  expect(notices).toHaveLength(1)
})

test('a password change invalidates a reset token', async () => {
  const { email, token: session } = await accountWithMail()
  const token = await resetTokenOf(email)
  const json = { current_password: PASSWORD, new_password: 'a third passphrase nobody uses' }
  expect((await callWithMail('PUT', '/users/me/password', { token: session, json })).status).toBe(204)
  const { status, body } = await reset(token)
  expect([status, body.code]).toEqual([401, 'invalid-mail-token'])
})

test('a change of the address invalidates a reset token', async () => {
  const { email, token: session } = await accountWithMail()
  const token = await resetTokenOf(email)
  const json = { email: `new-${email}`, current_password: PASSWORD }
  await callWithMail('PATCH', '/users/me', { token: session, json })
  const change = tokenTo(`new-${email}`, '/email-change')
  expect((await callWithMail('PUT', '/users/email-change', { json: { token: change } })).status).toBe(204)
  expect((await reset(token)).status).toBe(401)
})

test('deleting the account invalidates a reset token', async () => {
  const { email, token: session } = await accountWithMail()
  const token = await resetTokenOf(email)
  const json = { current_password: PASSWORD }
  expect((await callWithMail('POST', '/users/me/delete', { token: session, json })).status).toBe(204)
  expect((await reset(token)).status).toBe(401)
  expect(mailsTo(email).at(-1)?.subject).toBe('Your account at Example was deleted')
  expect(await db.$count(outbox, eq(outbox.recipient, email))).toBe(0)
})

test('a reset token is valid under the current and the previous secret only', async () => {
  const { email } = await accountWithMail()
  const token = await resetTokenOf(email)
  const json = { token, new_password: NEW_PASSWORD }
  const replaced = { ...mailEnv, JWT_SECRET: 'another secret for tests, of thirty-two bytes' }
  expect((await call('PUT', '/users/password-reset', { json, env: replaced })).status).toBe(401)
  const rotated = { ...replaced, JWT_SECRET_PREVIOUS: mailEnv.JWT_SECRET }
  expect((await call('PUT', '/users/password-reset', { json, env: rotated })).status).toBe(204)
})

test('a new password must follow the rules of registration, and a refused one does not use up the token', async () => {
  const { email, username } = await accountWithMail()
  const token = await resetTokenOf(email)
  for (const password of ['short', 'password123', email, username.toUpperCase()]) {
    const { status, body } = await reset(token, password)
    expect([status, body.errors?.[0].pointer]).toEqual([422, '#/new_password'])
  }
  expect((await reset(token)).status).toBe(204)
})

test('the link in the first mail verifies the address, and is idempotent', async () => {
  const { email, token: session } = await accountWithMail()
  expect((await callWithMail('GET', '/users/me', { token: session })).body.email_verified).toBe(false)
  const token = tokenTo(email, '/verify')
  for (let n = 0; n < 2; n++) {
    expect((await callWithMail('PUT', '/users/email-verification', { json: { token } })).status).toBe(204)
  }
  expect((await callWithMail('GET', '/users/me', { token: session })).body.email_verified).toBe(true)
})

test('a verification mail can be requested again after a minute, and is not sent to a verified address', async () => {
  const { email, token } = await accountWithMail()
  const other = await accountWithMail()
  const ask = () => callWithMail('POST', '/users/me/email-verification', { token })
  expect([(await ask()).status, mailsTo(email)]).toMatchObject([202, { length: 1 }])
  const later = () => db.update(outbox).set({ created_at: new Date(Date.now() - 60_001) })
  await later()
  expect([(await ask()).status, mailsTo(email)]).toMatchObject([202, { length: 2 }])
  await callWithMail('PUT', '/users/email-verification', { json: { token: tokenTo(email, '/verify') } })
  await later()
  const requested = await db.select().from(outbox)
  expect([(await ask()).status, mailsTo(email)]).toMatchObject([202, { length: 2 }])
  expect(await db.select().from(outbox)).toEqual(requested)
  expect(mailsTo(other.email)).toHaveLength(1)
})

test('an ended session cannot request a verification mail', async () => {
  const { email, token } = await accountWithMail()
  await callWithMail('POST', '/users/logout', { token })
  await db.delete(outbox)
  const { status, body } = await callWithMail('POST', '/users/me/email-verification', { token })
  expect([status, body.code, await db.$count(outbox)]).toEqual([401, 'invalid-token', 0])
  expect(mailsTo(email)).toHaveLength(1)
})

test('a change of the address invalidates a verification token', async () => {
  const { email, token: session } = await accountWithMail()
  const token = tokenTo(email, '/verify')
  const json = { email: `new-${email}`, current_password: PASSWORD }
  await call('PATCH', '/users/me', { token: session, json })
  const { status, body } = await callWithMail('PUT', '/users/email-verification', { json: { token } })
  expect([status, body.code]).toEqual([401, 'invalid-mail-token'])
  expect((await callWithMail('GET', '/users/me', { token: session })).body.email_verified).toBe(false)
})

test('refuses a token for another purpose', async () => {
  const { email, token: session } = await accountWithMail()
  await callWithMail('PATCH', '/users/me', {
    token: session,
    json: { email: `new-${email}`, current_password: PASSWORD },
  })
  const tokens = {
    '/users/password-reset': await resetTokenOf(email),
    '/users/email-verification': tokenTo(email, '/verify'),
    '/users/email-change': tokenTo(`new-${email}`, '/email-change'),
  }
  for (const path of Object.keys(tokens)) {
    for (const [other, token] of Object.entries(tokens)) {
      if (other === path) continue
      const json = { token, ...(path.endsWith('reset') && { new_password: NEW_PASSWORD }) }
      expect([path, other, (await callWithMail('PUT', path, { json })).status]).toEqual([path, other, 401])
    }
  }
})

test('without mail these routes return 503 and all others work', async () => {
  const { email, token } = await account()
  expect((await call('GET', '/users/me', { token })).body.email_verified).toBe(false)
  const routes: [string, string, unknown][] = [
    ['POST', '/users/password-reset', { email }],
    ['PUT', '/users/email-verification', { token: 'x' }],
    ['PUT', '/users/email-change', { token: 'x' }],
    ['POST', '/users/me/email-verification', undefined],
  ]
  for (const [method, path, json] of routes) {
    const { status, body } = await call(method, path, { token, ...(json !== undefined && { json }) })
    expect([path, status, body.code]).toEqual([path, 503, 'mail-not-configured'])
  }
  // An operator can issue a reset token without mail.
  const json = { token: 'x', new_password: NEW_PASSWORD }
  expect((await call('PUT', '/users/password-reset', { json })).body.code).toBe('invalid-mail-token')
  const change = { email: `new-${email}`, current_password: PASSWORD }
  const { status, body } = await call('PATCH', '/users/me', { token, json: change })
  expect([status, body.email]).toEqual([200, `new-${email}`])
})
