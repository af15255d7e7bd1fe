/** The recipe API explains tokens that are signed by the service and have odd claims, as Flask-JWT-Extended 4.4.1 does. */
import { sign } from 'hono/jwt'
import { expect, test } from 'vitest'
import { accessTokenKey } from '../../src/accounts/access-token.ts'
import { readConfig } from '../../src/config.ts'
import { env } from '../support/service.ts'
import { send } from './replay.ts'

const key = await accessTokenKey(readConfig(env).keys)
const now = Math.floor(Date.now() / 1000)
const valid = { sub: 1, iat: now - 10, nbf: now - 10, exp: now + 600 }

test.each([
  [{ iat: 'x' }, 422, 'Issued At claim (iat) must be an integer.'],
  [{ nbf: 'x' }, 422, 'Not Before claim (nbf) must be an integer.'],
  [{ nbf: now + 600 }, 422, 'The token is not yet valid (nbf)'],
  [{ exp: 'x' }, 422, 'Expiration Time claim (exp) must be an integer.'],
  [{ exp: String(now - 10) }, 401, 'Token has expired'],
  [{ exp: now - 10, sub: undefined }, 422, 'Missing claim: sub'],
  [{ exp: now - 10, iat: 'x' }, 422, 'Issued At claim (iat) must be an integer.'],
  [{ exp: now - 10, nbf: now + 600 }, 422, 'The token is not yet valid (nbf)'],
  [{ exp: now - 10, type: 'refresh' }, 401, 'Token has expired'],
  [{ type: 'refresh', iat: String(now), nbf: undefined }, 422, 'Only non-refresh tokens are allowed'],
])('the claims %j', async (changes, status, msg) => {
  const claims: Record<string, unknown> = { ...valid, ...changes }
  const token = await sign(claims, key, 'HS256')
  const headers = { Authorization: `Bearer ${token}` }
  expect(await send('GET', '/compat/recipes/recipes/me', headers)).toMatchObject({ status, body: { msg } })
})
