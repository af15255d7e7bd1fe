/** Responses of sign-in: all tokens in the body, or the refresh token in a cookie and the rest in the body. */
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { ACCESS_TOKEN_SECONDS } from '../accounts/access-token.ts'
import type { Auth as Granted } from '../accounts/account.ts'
import { setRefreshCookie, requireCookieOrigin } from '../accounts/refresh-cookie.ts'
import { jsonResponse, integer, opaque } from '../http/openapi.ts'
import { lazy } from '../lazy.ts'
import { Me } from './me.ts'

/** Where the refresh token of a new session is sent. */
export const SessionMode = lazy(() =>
  z.enum(['token', 'cookie']).nullish().openapi({
    description:
      '`token`: the refresh token is in the response body. `cookie`: it is in a cookie that no script can read, for pages of the origins in `ALLOWED_ORIGINS`. Default: `token`.',
  }),
)

type Mode = z.infer<ReturnType<typeof SessionMode>>

export const RefreshToken = lazy(() => opaque(200).openapi({ example: 'selector.counter.mac' }))

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
      refresh_token: RefreshToken().optional().openapi({ description: 'Absent if the refresh token is in a cookie.' }),
      user: Me(),
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

/** The header of a registration that repeats an earlier one. */
export const ReplayedHeader = lazy(() =>
  CookieHeader().extend({
    'Idempotent-Replayed': z.literal('true').optional().openapi({
      description: 'Present if an earlier request with the same `Idempotency-Key` created the account.',
    }),
  }),
)

export const authResponse = (description: string, headers: () => z.ZodObject = CookieHeader) =>
  jsonResponse(Auth, description, headers)

/**
 * Returns a function that turns the granted tokens into the response body, and sets the cookie in cookie mode. Throws
 * `origin-not-allowed` (403) at once if the page is not allowed to have the cookie.
 */
export function tokenDelivery(c: Context, mode: Mode) {
  if (mode === 'cookie') requireCookieOrigin(c)
  return ({ expires_at, refresh_token, ...rest }: Granted) => {
    if (mode !== 'cookie') return { ...rest, refresh_token }
    setRefreshCookie(c, refresh_token, expires_at)
    return rest
  }
}
