/** The response of the routes that issue tokens: the refresh token is in the body or in a cookie. */
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { ACCESS_TOKEN_SECONDS } from '../accounts/access-token.ts'
import type { Auth as Granted } from '../accounts/account.ts'
import { setRefreshCookie, requireCookieOrigin } from '../accounts/refresh-cookie.ts'
import { jsonResponse, integer, opaque } from '../http/openapi.ts'
import { lazy } from '../lazy.ts'
import { Me } from './me.ts'

/** Where the refresh token of a new session is kept. */
export const SessionMode = z.enum(['token', 'cookie']).optional().openapi({
  description:
    '`token`: the refresh token is in the response. `cookie`: it is in a cookie that no script can read, for pages of the origins in `ALLOWED_ORIGINS`. Default: `token`.',
})

export const RefreshToken = opaque(200).openapi({ example: 'selector.counter.mac' })

const Auth = lazy(() =>
  z
    .object({
      access_token: opaque(2_100).openapi({
        example: 'header.claims.signature',
        description: 'A JWT. Send it as `Authorization: Bearer <access_token>`.',
      }),
      token_type: z.literal('Bearer'),
      expires_in: integer(1, ACCESS_TOKEN_SECONDS).openapi({
        description: 'The lifetime of the access token in seconds.',
        example: 900,
      }),
      refresh_token: RefreshToken.optional().openapi({ description: 'Absent if the refresh token is in a cookie.' }),
      user: Me,
    })
    .openapi('Auth'),
)

export const CookieHeader = lazy(() =>
  z.object({
    'Set-Cookie': z.string().optional().openapi({
      description: 'The refresh token, if the session uses a cookie.',
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
