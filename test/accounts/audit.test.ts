import { eq } from 'drizzle-orm'
import { beforeEach, expect, test, vi } from 'vitest'
import { connect } from '../../src/store/database.ts'
import { users } from '../../src/store/schema.ts'
import { accountWithMail, callWithMail, resetTokenOf, tokenTo } from '../support/mailbox.ts'
import { account, app, call, env, PASSWORD } from '../support/service.ts'

const lines: string[] = []
vi.spyOn(console, 'info').mockImplementation((line) => void lines.push(line))
beforeEach(() => void (lines.length = 0))

/** The audit lines since the test began. */
const audited = () => lines.map((line) => JSON.parse(line)).filter(({ event }) => event.startsWith('audit.'))

test('logs one line for each event of an account, with the user and the request id', async () => {
  const mine = await account()
  const { token, auth, email, id } = mine
  const login = (password: string) => call('POST', '/users/login', { json: { email, password } })
  await login('not it')
  const other = (await login(PASSWORD)).body
  await call('POST', '/users/login', { json: { email: 'nobody@example.com', password: 'x' } })
  const next = await call('POST', '/users/refresh', { json: { refresh_token: auth.refresh_token } })
  await call('POST', '/users/refresh', { json: { refresh_token: auth.refresh_token } })
  await call('DELETE', '/users/me/sessions', { token })
  await call('PATCH', '/users/me', { token, json: { username: `renamed-${crypto.randomUUID()}` } })
  await call('PATCH', '/users/me', {
    token,
    json: { email: `${crypto.randomUUID()}@example.com`, current_password: PASSWORD },
  })
  await call('PUT', '/users/me/password', {
    token,
    json: { current_password: PASSWORD, new_password: 'a new passphrase' },
  })
  await call('POST', '/users/me/reauthenticate', { token, json: { current_password: 'a new passphrase' } })
  await call('GET', '/users/me/export', { token })
  await call('POST', '/users/me/delete', { token, json: { current_password: 'not it' } })
  await call('POST', '/users/me/delete', { token, json: { current_password: 'a new passphrase' } })

  const events = audited()
  expect(events.map(({ event, user_id }) => [event.slice(6), user_id])).toEqual([
    ['registered', id],
    ['login-failed', id],
    ['login-succeeded', id],
    ['login-failed', undefined],
    ['refreshed', id],
    ['session-revoked', id],
    ['profile-changed', id],
    ['email-changed', id],
    ['password-changed', id],
    ['reauthenticated', id],
    ['exported', id],
    ['wrong-password', id],
    ['deleted', id],
  ])
  expect(events.find(({ event }) => event === 'audit.refreshed').request_id).toBe(next.headers.get('X-Request-Id'))
  expect(other.user.id).toBe(id)
})

test('logs a reused refresh token, a sign-out and a throttled sign-in', async () => {
  const { auth, email, id, token } = await account()
  const refresh = async (refresh_token: string) =>
    (await call('POST', '/users/refresh', { json: { refresh_token } })).body
  await refresh((await refresh(auth.refresh_token)).refresh_token)
  await refresh(auth.refresh_token)
  const again = (await call('POST', '/users/login', { json: { email, password: PASSWORD } })).body
  await call('POST', '/users/logout', { token: again.access_token })
  await call('POST', '/users/logout', { token })
  const headers = { 'CF-Connecting-IP': '192.0.2.1' }
  for (let n = 0; n < 11; n++) await call('POST', '/users/login', { headers, json: { email, password: 'not it' } })
  const events = audited().map(({ event, user_id }) => `${event.slice(6)} ${user_id}`)
  expect(events.filter((line) => line === `refresh-reuse ${id}`)).toHaveLength(1)
  expect(events.filter((line) => line === `logout ${id}`)).toHaveLength(1)
  expect(events.filter((line) => line === `login-failed ${id}`)).toHaveLength(10)
  expect(events.filter((line) => line === `login-throttled ${id}`)).toHaveLength(1)
})

test('logs a sign-in to a suspended account, and a wrong password there as any other', async () => {
  const { email, id } = await account()
  await connect(env).update(users).set({ suspended_at: new Date() }).where(eq(users.id, id))
  for (const password of [PASSWORD, 'not it']) await call('POST', '/users/login', { json: { email, password } })
  const events = audited().map(({ event, user_id }) => [event, user_id])
  expect(events.slice(1)).toEqual([
    ['audit.login-suspended', id],
    ['audit.login-failed', id],
  ])
})

test('input cannot split or forge a line', async () => {
  const evil = '\r\n{"event":"audit.deleted"}'
  await call('POST', '/users/login', {
    json: { email: `a@b.example${evil}`, password: evil },
    headers: { 'User-Agent': '"}{"x' },
  })
  expect(lines.filter((line) => /[\r\n]/.test(line))).toEqual([])
  expect(audited().map(({ event }) => event)).toEqual(['audit.login-failed'])
})

test('logs the events of recovery', async () => {
  const { email, id } = await accountWithMail()
  await callWithMail('PUT', '/users/email-verification', { json: { token: tokenTo(email, '/verify') } })
  const json = { token: await resetTokenOf(email), new_password: 'another passphrase' }
  await callWithMail('PUT', '/users/password-reset', { json })
  expect(audited()).toMatchObject([
    { event: 'audit.registered', user_id: id },
    { event: 'audit.email-verified', user_id: id },
    { event: 'audit.password-reset', user_id: id },
  ])
  expect(lines.join()).not.toContain(email)
})

test('a line has the network of the client, not its address, and the country if known', async () => {
  const from = async (address: string) => {
    const headers = { 'CF-Connecting-IP': address }
    await call('POST', '/users/login', { json: { email: 'nobody@example.com', password: 'x' }, headers })
    return audited().at(-1)
  }
  expect(await from('2001:db8:1:2:3:4:5:6')).toMatchObject({
    event: 'audit.login-failed',
    network: '2001:db8:1:2::/64',
  })
  expect(lines.join()).not.toContain('3:4:5:6')
  expect(await from('192.0.2.1')).not.toHaveProperty('country')
  const request = new Request('http://postern.test/users/login', {
    method: 'POST',
    body: JSON.stringify({ email: 'nobody@example.com', password: 'x' }),
    headers: { 'Content-Type': 'application/json' },
    cf: { country: 'KR' },
  })
  await app.fetch(request, env)
  expect(audited().at(-1)).toMatchObject({ country: 'KR' })
})
