/**
 * The refresh token as a cookie: for pages, whose scripts then never hold it. It is given and taken only at the routes
 * of sign-in, and only for pages of the origins in `ALLOWED_ORIGINS`; no guard ever looks at it.
 */
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { CookieOptions } from 'hono/utils/cookie'
import type { Config } from '../config.ts'
import { Problem } from '../http/problem.ts'

const NAME = 'refresh'

/**
 * The refresh token that the browser holds for this page, or undefined where it holds none. Throws `origin-not-allowed`
 * (403) where the request does not come from a listed page: the browser sends a cookie along whoever asks it to.
 */
export function readRefreshCookie(c: Context): string | undefined {
  const token = getCookie(c, NAME, 'host')
  // Neither a cookie nor a page: a client that has forgotten the body.
  if (token === undefined && c.req.header('Origin') === undefined) {
    throw new Problem('malformed-json', { detail: 'A JSON body with a `refresh_token` is needed, and none was sent.' })
  }
  // Fetch Metadata (https://www.w3.org/TR/fetch-metadata/), where a browser sends it: no link and no form, but a script.
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

/** Takes the cookie back from a browser that has sent it. */
export function clearRefreshCookie(c: Context): void {
  if (getCookie(c, NAME, 'host') !== undefined) deleteCookie(c, NAME, cookieAttributes(c))
}

function isAllowedOrigin(c: Context): boolean {
  const { allowedOrigins }: Config = c.get('config')
  return allowedOrigins.includes(c.req.header('Origin') ?? '')
}

/**
 * RFC 6265bis §4.1.2: for a page of another site it has to be `SameSite=None`, and is kept apart for that site alone
 * (`Partitioned`, CHIPS); for every other it is `Strict`.
 */
function cookieAttributes(c: Context): CookieOptions {
  const isCrossSite = isAllowedOrigin(c) && siteOf(c) === 'cross-site'
  const attributes: CookieOptions = { prefix: 'host', path: '/', httpOnly: true, secure: true, sameSite: 'Strict' }
  return isCrossSite ? { ...attributes, sameSite: 'None', partitioned: true } : attributes
}

/** What the browser says of the page's site; where it does not, another origin may be another site. */
const siteOf = (c: Context) =>
  c.req.header('Sec-Fetch-Site') ??
  (c.req.header('Origin') === new URL(c.req.url).origin ? 'same-origin' : 'cross-site')
