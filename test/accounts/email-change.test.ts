import { beforeEach, expect, test, vi } from 'vitest'
import { connect } from '../../src/store/database.ts'
import { reservedUsernames } from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { accountWithMail, callWithMail, mailEnv, mailsTo, tokenTo } from '../support/mailbox.ts'
import { account, call, env, PASSWORD } from '../support/service.ts'

const lines: string[] = []
vi.spyOn(console, 'info').mockImplementation((line) => void lines.push(line))
beforeEach(() => void (lines.length = 0))

const ask = (token: string, email: string, rest: object = {}) =>
  callWithMail('PATCH', '/users/me', { token, json: { email, current_password: PASSWORD, ...rest } })
const confirm = (token: string) => callWithMail('PUT', '/users/email-change', { json: { token } })
const reservedNames = async () =>
  (await connect(env).select().from(reservedUsernames)).map(({ username_normalized }) => username_normalized).toSorted()
const signIn = (email: string) => callWithMail('POST', '/users/login', { json: { email, password: PASSWORD } })

test('the address changes only when the link mailed to the new address is used', async () => {
  const { email, token, id } = await accountWithMail()
  const stranger = await account()
  const { body: other } = await signIn(email)
  const { body: before } = await callWithMail('GET', '/users/me', { token })
  const address = `new-${email}`
  const asked = await ask(token, address)
  expect([asked.status, asked.body]).toEqual([202, before])
  expect((await signIn(address)).status).toBe(401)

  const change = tokenTo(address, '/email-change')
  expect((await confirm(change)).status).toBe(204)
  const me = await callWithMail('GET', '/users/me', { token })
  expect([me.status, me.body.email, me.body.email_verified]).toEqual([200, address, true])
  expect((await callWithMail('GET', '/users/me', { token: other.access_token })).status).toBe(401)
  expect((await callWithMail('GET', '/users/me', { token: stranger.token })).status).toBe(200)
  const audited = lines.map((line) => JSON.parse(line)).filter(({ event }) => /^audit.email/.test(event))
  expect(audited).toMatchObject([
    { event: 'audit.email-change-requested', user_id: id },
    { event: 'audit.email-changed', user_id: id },
  ])
  expect(JSON.stringify(audited)).not.toContain(email)
  expect([(await signIn(email)).status, (await signIn(address)).status]).toEqual([401, 200])
  expect(mailsTo(email).at(-1)?.subject).toBe('Your e-mail address for Example was changed')
  expect(mailsTo(address)).toHaveLength(1)
})

test('a token changes the address once, and a second use ends no session', async () => {
  const { email, token } = await accountWithMail()
  await ask(token, `new-${email}`)
  const change = tokenTo(`new-${email}`, '/email-change')
  expect((await confirm(change)).status).toBe(204)
  const { body } = await signIn(`new-${email}`)
  const { status, body: problem } = await confirm(change)
  expect([status, problem.code]).toEqual([401, 'invalid-mail-token'])
  expect((await callWithMail('GET', '/users/me', { token: body.access_token })).status).toBe(200)
})

test('a taken address has the same response, and its holder gets a mail', async () => {
  const { email, token } = await accountWithMail()
  const holder = await account()
  const free = await ask((await accountWithMail()).token, `new-${email}`)
  const taken = await ask(token, holder.email.toUpperCase())
  expect(taken.status).toBe(free.status)
  expect(Object.keys(taken.body)).toEqual(Object.keys(free.body))
  expect(taken.body.email).toBe(email)
  const [mail] = mailsTo(holder.email.toUpperCase())
  expect(mail?.subject).toBe('Your e-mail address already has an account at Example')
  expect(mail?.text).not.toContain('#')
})

test('returns 409 if the address was taken after the mail, and changes nothing', async () => {
  const { email, token } = await accountWithMail()
  await ask(token, `new-${email}`)
  const change = tokenTo(`new-${email}`, '/email-change')
  const json = { username: `x${crypto.randomUUID().slice(0, 8)}`, email: `new-${email}`, password: PASSWORD }
  expect((await callWithMail('POST', '/users/register', { json })).status).toBe(201)
  const { status, body } = await confirm(change)
  expect([status, body.code]).toEqual([409, 'email-taken'])
  expect((await callWithMail('GET', '/users/me', { token })).body.email).toBe(email)
  expect(mailsTo(email).at(-1)?.subject).not.toContain('was changed')
})

test('returns 429 for a second change within a minute', async () => {
  const { email, token } = await accountWithMail()
  expect((await ask(token, `new-${email}`)).status).toBe(202)
  const username = `renamed-${crypto.randomUUID().slice(0, 8)}`
  const reserved = await reservedNames()
  const second = await ask(token, `newer-${email}`, { username })
  expect([second.status, second.body.code, second.headers.get('Retry-After')]).toEqual([429, 'too-many-mails', '60'])
  expect(mailsTo(`newer-${email}`)).toEqual([])
  expect((await callWithMail('GET', '/users/me', { token })).body.username).not.toBe(username)
  expect(await reservedNames()).toEqual(reserved)
})

test('beyond MAILS_PER_DAY, the response is 429 until tomorrow', async () => {
  const { email, token } = await accountWithMail()
  const json = { email: `new-${email}`, current_password: PASSWORD }
  const capped = await call('PATCH', '/users/me', { token, json, env: { ...mailEnv, MAILS_PER_DAY: '1' } })
  const tomorrow = (86_400_000 - (Date.now() % 86_400_000)) / 1000
  expect([capped.status, capped.body.code]).toEqual([429, 'too-many-mails'])
  expect(Math.abs(Number(capped.headers.get('Retry-After')) - tomorrow)).toBeLessThan(5)
})

test('a username in the same request changes at once, also in the items of the user', async () => {
  const { email, token, username: old } = await accountWithMail()
  const reserved = await reservedNames()
  const { body: before } = await callWithMail('GET', '/users/me', { token })
  const { body: post } = await call('POST', '/posts', { token, json: { title: 'x', body: 'x' } })
  const username = `renamed-${crypto.randomUUID().slice(0, 8)}`
  const { status, body } = await ask(token, `new-${email}`, { username })
  expect([status, body.username, body.email]).toEqual([202, username, email])
  expect(Date.parse(body.updated_at)).toBeGreaterThan(Date.parse(before.updated_at))
  expect((await call('GET', `/posts/${post.id}`, { token })).body.author.username).toBe(username)
  expect(await reservedNames()).toEqual([...reserved, old].toSorted())
})

test('a taken username and a wrong password send no mail', async () => {
  const { email, token } = await accountWithMail()
  const { username } = await account()
  const taken = await ask(token, `new-${email}`, { username })
  expect([taken.status, taken.body.code]).toEqual([409, 'username-taken'])
  const wrong = await ask(token, `new-${email}`, { current_password: 'not it' })
  expect([wrong.status, wrong.body.code]).toEqual([403, 'wrong-password'])
  expect(mailsTo(`new-${email}`)).toEqual([])
})

test('without mail the address changes at once and is not verified', async () => {
  const { email, token } = await accountWithMail()
  const verify = tokenTo(email, '/verify')
  await callWithMail('PUT', '/users/email-verification', { json: { token: verify } })
  const json = { email: `new-${email}`, current_password: PASSWORD }
  const { status, body } = await call('PATCH', '/users/me', { token, json, env: { ...mailEnv, MAIL_FROM: '' } })
  expect([status, body.email, body.email_verified]).toEqual([200, `new-${email}`, false])
  expect((await callWithMail('PUT', '/users/email-verification', { json: { token: verify } })).status).toBe(401)
})

test('without mail, the address that the account already has stays verified', async () => {
  const { email, username, token } = await accountWithMail()
  const verify = tokenTo(email, '/verify')
  await callWithMail('PUT', '/users/email-verification', { json: { token: verify } })
  const withoutMail = { ...mailEnv, MAIL_FROM: '' }
  const set = async (address: string) => {
    const json = { username, email: address, current_password: PASSWORD }
    return (await call('PATCH', '/users/me', { token, json, env: withoutMail })).body.email_verified
  }
  expect([await set(email), await set(email.toUpperCase())]).toEqual([true, false])
})
