/** Environments with the same secret and database, as after a restored backup, and different `TOKEN_ISSUER`. */
import { expect, test } from 'vitest'
import { account, call, env } from '../support/service.ts'
import { claimsOf, craft } from '../support/tokens.ts'

const staging = { ...env, TOKEN_ISSUER: 'postern-staging' }

test('each environment refuses the tokens of the other', async () => {
  for (const [home, other] of [
    [env, staging],
    [staging, env],
  ] as const) {
    const { email, password } = await account()
    const login = await call('POST', '/users/login', { env: home, json: { email, password } })
    const { access_token: token, refresh_token } = login.body
    expect((await call('GET', '/users/me', { env: other, token })).body.code).toBe('invalid-token')
    const refreshed = await call('POST', '/users/refresh', { env: other, json: { refresh_token } })
    expect(refreshed.body.code).toBe('invalid-refresh-token')
    expect((await call('GET', '/users/me', { env: home, token })).status).toBe(200)
    expect((await call('POST', '/users/refresh', { env: home, json: { refresh_token } })).status).toBe(200)
  }
})

test('`iss` and `aud` are the issuer, and a token of another issuer is refused even with a valid signature', async () => {
  const { email, password } = await account()
  const { body } = await call('POST', '/users/login', { env: staging, json: { email, password } })
  expect(claimsOf(body.access_token)).toMatchObject({ iss: 'postern-staging', aud: 'postern-staging' })
  const { token } = await account()
  for (const claims of [{ iss: 'postern-staging' }, { aud: 'postern-staging' }]) {
    const crafted = craft({ ...claimsOf(token), ...claims }, env.JWT_SECRET)
    expect((await call('GET', '/users/me', { token: crafted })).body.code).toBe('invalid-token')
  }
  expect((await call('GET', '/users/me', { token: craft(claimsOf(token), env.JWT_SECRET) })).status).toBe(200)
})

test('an empty TOKEN_ISSUER means the default', async () => {
  const { token } = await account()
  expect(claimsOf(token)).toMatchObject({ iss: 'postern', aud: 'postern' })
  expect((await call('GET', '/users/me', { env: { ...env, TOKEN_ISSUER: '' }, token })).status).toBe(200)
})
