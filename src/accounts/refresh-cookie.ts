/**
 * The refresh token in a cookie, so that scripts of a page cannot read it. Only the routes of sign-in set and read the
 * cookie, and only for pages of the origins in `ALLOWED_ORIGINS`. No guard reads it.
 */
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { CookieOptions } from 'hono/utils/cookie'
import type { Config } from '../config.ts'
import { Problem } from '../http/problem.ts'

const NAME = 'refresh'

/**
 * The refresh token in the cookie, or undefined without one. Throws `origin-not-allowed` (403) if the request does not
 * come from a page of an allowed origin, because browsers also attach the cookie to requests of other sites.
 */
export function readRefreshCookie(c: Context): string | undefined {
  const token = getCookie(c, NAME, 'host')
  // Without a cookie and an `Origin`, the client is not a browser and has forgotten the body.
  if (token === undefined && c.req.header('Origin') === undefined) {
    throw new Problem('malformed-json', { detail: 'A JSON body with a `refresh_token` is needed, and none was sent.' })
  }
  // Fetch Metadata (https://www.w3.org/TR/fetch-metadata/), if sent: a script sent the request, not a link or a form.
  const isScript = (c.req.header('Sec-Fetch-Mode') ?? 'cors') === 'cors' && c.req.header('Sec-Fetch-Site') !== 'none'
  if (!isAllowedOrigin(c) || !isScript) throw new Problem('origin-not-allowed')
  return token
}

/** Throws `origin-not-allowed` (403) for a page that could not use the cookie. */
export function requireCookieOrigin(c: Context): void {
  if (c.req.header('Origin') !== undefined && !isAllowedOrigin(c)) throw new Problem('origin-not-allowed')
}

export function setRefreshCookie(c: Context, token: string, expiresAt: Date, now = Date.now()): void {
  const maxAge = Math.max(0, Math.ceil((expiresAt.getTime() - now) / 1000))
  setCookie(c, NAME, token, { ...cookieAttributes(c), maxAge })
}

/** Clears the cookie if the request has it. */
export function clearRefreshCookie(c: Context): void {
  if (getCookie(c, NAME, 'host') !== undefined) deleteCookie(c, NAME, cookieAttributes(c))
}

function isAllowedOrigin(c: Context): boolean {
  const { allowedOrigins }: Config = c.get('config')
  return allowedOrigins.includes(c.req.header('Origin') ?? '')
}

/**
 * RFC 6265bis §4.1.2: `SameSite=None` and `Partitioned` (CHIPS) for a page of another site, `SameSite=Strict` for all
 * others.
 */
function cookieAttributes(c: Context): CookieOptions {
  const isCrossSite = isAllowedOrigin(c) && siteOf(c) === 'cross-site'
  const attributes: CookieOptions = { prefix: 'host', path: '/', httpOnly: true, secure: true, sameSite: 'Strict' }
  return isCrossSite ? { ...attributes, sameSite: 'None', partitioned: true } : attributes
}

/** The `Sec-Fetch-Site` of the request. Without the header, another origin is treated as another site. */
const siteOf = (c: Context) =>
  c.req.header('Sec-Fetch-Site') ??
  (c.req.header('Origin') === new URL(c.req.url).origin ? 'same-origin' : 'cross-site')
