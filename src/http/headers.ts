/** What every answer tells browsers. */
import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { secureHeaders } from 'hono/secure-headers'
import type { AppEnv } from './context.ts'

/** Nothing that the API answers is a page: it may load nothing and be framed nowhere. `/docs` sets its own policy. */
const harden = secureHeaders({
  strictTransportSecurity: 'max-age=31536000; includeSubDomains',
  crossOriginEmbedderPolicy: true,
  xFrameOptions: 'DENY',
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  // For browsers of long ago.
  xXssProtection: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xDnsPrefetchControl: false,
  overwrite: false,
})

/** An answer that does not say how it may be kept is kept nowhere: tokens least of all (RFC 6749 §5.1). */
export const securityHeaders: MiddlewareHandler<AppEnv> = async function securityHeaders(c, next) {
  await harden(c, next)
  if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'no-store')
}

const allowOrigin = cors({
  origin: (origin) => origin,
  credentials: true,
  allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHeaders: ['Authorization', 'Content-Type', 'If-Match', 'If-None-Match', 'Idempotency-Key', 'X-Request-Id'],
  exposeHeaders: ['ETag', 'Link', 'Location', 'Retry-After', 'X-Request-Id', 'Idempotent-Replayed', 'Server-Timing'],
  maxAge: 7200,
})

/** CORS for the origins in `ALLOWED_ORIGINS`, to the letter; to every other an answer says nothing of it. */
export const allowedOriginsCors: MiddlewareHandler<AppEnv> = async function shareWithOrigins(c, next) {
  const isListed = c.get('config').allowedOrigins.includes(c.req.header('Origin') ?? '')
  const isPreflight = c.req.header('Access-Control-Request-Method') !== undefined
  // An `OPTIONS` that is no preflight goes on, to be answered with what is allowed.
  if (isListed && (c.req.method !== 'OPTIONS' || isPreflight)) return allowOrigin(c, next)
  await next()
  c.header('Vary', 'Origin', { append: true })
}
