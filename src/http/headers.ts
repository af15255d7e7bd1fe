/** The headers of every response that browsers read: security headers and CORS. */
import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { secureHeaders } from 'hono/secure-headers'
import { log } from '../log.ts'
import type { AppEnv } from './context.ts'

/** No API response is a page: it may load nothing and cannot be framed. Pages set their own policy. */
const applySecureHeaders = secureHeaders({
  strictTransportSecurity: 'max-age=31536000; includeSubDomains',
  crossOriginEmbedderPolicy: true,
  xFrameOptions: 'DENY',
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  // Headers that only outdated browsers read.
  xXssProtection: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xDnsPrefetchControl: false,
  overwrite: false,
})

/** A response without `Cache-Control` is stored nowhere: responses with tokens must not be (RFC 6749 §5.1). */
export const securityHeaders: MiddlewareHandler<AppEnv> = async function securityHeaders(c, next) {
  await applySecureHeaders(c, next)
  if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'no-store')
}

/** A preflight is answered with the headers that it asks for: tracing libraries add headers of their own. */
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
export const allowedOriginsCors: MiddlewareHandler<AppEnv> = async function allowedOriginsCors(c, next) {
  const origin = c.req.header('Origin')
  const isAllowed = origin !== undefined && c.get('config').allowedOrigins.includes(origin)
  const isPreflight = c.req.header('Access-Control-Request-Method') !== undefined
  // An `OPTIONS` request that is no preflight is answered with the allowed methods.
  if (isAllowed && (c.req.method !== 'OPTIONS' || isPreflight)) return applyCors(c, next)
  if (isPreflight && origin !== undefined && !isAllowed)
    log('info', 'origin-refused', { request_id: c.get('requestId'), origin: origin.slice(0, 200) })
  await next()
  c.header('Vary', 'Origin', { append: true })
}

/** For a public document: a page of any origin may read it, without credentials. */
export const anyOriginCors: MiddlewareHandler<AppEnv> = async function anyOriginCors(c, next) {
  await next()
  if (!c.res.headers.has('Access-Control-Allow-Origin')) c.header('Access-Control-Allow-Origin', '*')
}
