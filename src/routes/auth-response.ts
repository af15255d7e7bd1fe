/** What the routes of sign-in answer: the tokens in the body, or the refresh token in a cookie and the rest in the body. */
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { ACCESS_TOKEN_SECONDS } from '../accounts/access-token.ts'
import type { Auth as Granted } from '../accounts/account.ts'
import { setRefreshCookie, requireCookieOrigin } from '../accounts/refresh-cookie.ts'
import { jsonResponse, integer, opaque } from '../http/openapi.ts'
import { lazy } from '../lazy.ts'
import { Me } from './me.ts'

/** Where a new session's refresh token goes. */
export const SessionMode = z.enum(['token', 'cookie']).optional().openapi({
  description:
    '`token`: the refresh token is in the answer. `cookie`: it is in a cookie that no script can read, for pages of the origins in `ALLOWED_ORIGINS`. `token` where it is not said.',
})

export const RefreshToken = opaque(200).openapi({ example: 'session.counter.seal' })

const Auth = lazy(() =>
  z
    .object({
      access_token: opaque(2_100).openapi({
        example: 'header.claims.signature',
        description: 'A JWT; send it as `Authorization: Bearer <access_token>`.',
      }),
      token_type: z.literal('Bearer'),
      expires_in: integer(1, ACCESS_TOKEN_SECONDS).openapi({
        description: 'Seconds for which the access token is good.',
        example: 900,
      }),
      refresh_token: RefreshToken.optional().openapi({ description: 'Not there where a cookie has it.' }),
      user: Me,
    })
    .openapi('Auth'),
)

export const CookieHeader = lazy(() =>
  z.object({
    'Set-Cookie': z.string().optional().openapi({
      description: 'The refresh token, where the session is kept by a cookie.',
      pattern: '^__Host-refresh=',
      maxLength: 400,
      example: '__Host-refresh=…; Max-Age=2592000; Path=/; HttpOnly; Secure; SameSite=Strict',
    }),
  }),
)

export const authResponse = (description: string) => jsonResponse(Auth, description, CookieHeader)

/**
 * How the tokens are handed over: a function from what is granted to the body of the answer. Throws
 * `origin-not-allowed` (403), before anything is done, for a page that may not have a cookie.
 */
export function tokenDelivery(c: Context, by: 'token' | 'cookie' = 'token') {
  if (by === 'cookie') requireCookieOrigin(c)
  return ({ expires_at, refresh_token, ...rest }: Granted) => {
    if (by === 'token') return { ...rest, refresh_token }
    setRefreshCookie(c, refresh_token, expires_at)
    return rest
  }
}
