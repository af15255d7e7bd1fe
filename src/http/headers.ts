/** The headers of every response that browsers read: security headers and CORS. */
import type { Context, MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { log } from '../log.ts'
import type { AppEnv } from './context.ts'

/** A handler can replace each of them. */
const DEFAULT_HEADERS = Object.entries({
  // Responses are not cached by default: a response with tokens must not be stored (RFC 6749 §5.1).
  'Cache-Control': 'no-store',
  // A JSON response loads nothing and cannot be framed. Pages set their own policy.
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Origin-Agent-Cluster': '?1',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
})

/** Must be called before there is a response: afterwards Hono makes a new response for each header that is set. */
export function setDefaultHeaders(c: Context<AppEnv>): void {
  for (const [name, value] of DEFAULT_HEADERS) c.header(name, value)
  c.header('X-Request-Id', c.get('requestId'))
}

/** A preflight response allows every requested header, because tracing libraries add their own headers. */
const applyCors = cors({
  origin: (origin) => origin,
  credentials: true,
  allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  exposeHeaders: [
    'Allow',
    'Content-Disposition',
    'ETag',
    'Idempotent-Replayed',
    'Link',
    'Location',
    'Retry-After',
    'Server-Timing',
    'WWW-Authenticate',
    'X-Request-Id',
  ],
  maxAge: 7200,
})

/** CORS for the origins in `ALLOWED_ORIGINS`, by exact match. A response to any other origin has no CORS header. */
export const allowedOriginsCors: MiddlewareHandler<AppEnv> = function allowedOriginsCors(c, next) {
  const origin = c.req.header('Origin')
  if (origin !== undefined) {
    const isAllowed = c.get('config').allowedOrigins.includes(origin)
    const isPreflight = c.req.header('Access-Control-Request-Method') !== undefined
    // The response to an `OPTIONS` request that is not a preflight lists the methods of the path.
    if (isAllowed && (c.req.method !== 'OPTIONS' || isPreflight)) return applyCors(c, next)
    // A request that needs no preflight, such as a plain `GET`, is refused by the browser after the response.
    if (!isAllowed && origin !== new URL(c.req.url).origin)
      log('info', 'origin-refused', { request_id: c.get('requestId'), origin: origin.slice(0, 200) })
  }
  c.header('Vary', 'Origin', { append: true })
  return next()
}

/** For a public document: a page of any origin may read it, without credentials. */
export const anyOriginCors: MiddlewareHandler<AppEnv> = async function anyOriginCors(c, next) {
  await next()
  if (!c.res.headers.has('Access-Control-Allow-Origin')) c.res.headers.set('Access-Control-Allow-Origin', '*')
}
