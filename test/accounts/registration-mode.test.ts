import { expect, test } from 'vitest'
import { mailEnv, mailsTo } from '../support/mailbox.ts'
import { operator } from '../support/operators.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { call, env, PASSWORD } from '../support/service.ts'

const closed = { ...env, REGISTRATION: 'closed' }
const byInvitation = { ...env, REGISTRATION: 'invite' }
const person = () => {
  const username = `new-${crypto.randomUUID().slice(0, 8)}`
  return { username, email: `${username}@example.com`, password: PASSWORD }
}
const register = (json: unknown, given = byInvitation) => call('POST', '/users/register', { json, env: given })

test('REGISTRATION=closed refuses every registration without a query', async () => {
  const trips = await countRoundTrips(async () => {
    expect(await register(person(), closed)).toMatchObject({ status: 403, body: { code: 'registration-closed' } })
  })
  expect(trips).toBe(0)
})

test('REGISTRATION=invite requires an invitation for the same address, which works once', async () => {
  const admin = await operator()
  const [invited, other] = [person(), person()]
  const response = await call('POST', '/operator/invitations', {
    token: admin.token,
    json: { email: invited.email },
    env: byInvitation,
  })
  expect(response.status).toBe(201)
  const { invitation } = response.body
  for (const json of [invited, { ...invited, invitation: 'x' }, { ...other, invitation }]) {
    expect(await register(json)).toMatchObject({ status: 403, body: { code: 'invitation-required' } })
  }
  const email = invited.email.toUpperCase()
  expect((await register({ ...invited, email, invitation })).status).toBe(201)
  expect(await register({ ...other, email, invitation })).toMatchObject({ status: 409, body: { code: 'email-taken' } })
})

test('refuses a token for another purpose as an invitation, and an invitation as another token', async () => {
  const admin = await operator()
  const reset = await call('POST', `/operator/users/${admin.id}/password-reset`, { token: admin.token })
  expect((await register({ ...person(), email: admin.email, invitation: reset.body.token })).status).toBe(403)
  const { body } = await call('POST', '/operator/invitations', { token: admin.token, json: { email: admin.email } })
  const use = { token: body.invitation, new_password: 'another passphrase nobody uses' }
  expect((await call('PUT', '/users/password-reset', { json: use })).status).toBe(401)
})

test('with mail, the invitation is mailed and not returned', async () => {
  const admin = await operator()
  const invited = person()
  const given = { ...mailEnv, REGISTRATION: 'invite' }
  const response = await call('POST', '/operator/invitations', {
    token: admin.token,
    json: { email: invited.email },
    env: given,
  })
  expect([response.status, response.text]).toEqual([202, ''])
  const [mail] = mailsTo(invited.email)
  const invitation = /\/register#(\S+)/.exec(mail?.text ?? '')?.[1]
  expect((await register({ ...invited, invitation }, given)).status).toBe(201)
})
