/** The guards of routes: who can call a route, and its `security` in the OpenAPI document. */
import type { Context, MiddlewareHandler } from 'hono'
import { jwt } from 'hono/jwt'
import type { Config } from '../config.ts'
import type { AppEnv, CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import { enforceRateLimit } from '../http/rate-limit.ts'
import { limitCreates, limitWrites } from '../http/rate-limit.ts'
import { accessTokenKey, COMPACT_JWS, readClaims, verificationOf } from './access-token.ts'

/** RFC 6750 §2.1. Two `Authorization` lines arrive as one, joined by a comma, and do not match. */
const BEARER = /^bearer +(\S+)$/i

/** RFC 9110 §11.4: the scheme of the credentials is a token (§5.6.2). */
const isBearer = (authorization: string) => /^bearer(?![\w!#$%&'*+.^`|~-])/i.test(authorization)

const verifiers = new WeakMap<Config, Promise<MiddlewareHandler[]>>()

/** The `jwt` middleware of Hono, one for the current secret and one for the previous secret. */
function jwtVerifiers(config: Config): Promise<MiddlewareHandler[]> {
  let found = verifiers.get(config)
  if (!found) {
    const create = async (keys: Config['keys']) =>
      jwt({ secret: await accessTokenKey(keys), alg: 'HS256', realm: 'postern', verification: verificationOf(config) })
    found = Promise.all(config.acceptedKeys.map(create))
    verifiers.set(config, found)
  }
  return found
}

/** Throws `invalid-token` (401), or the exception of `hono/jwt`, which has the same response. */
async function authenticate(c: Context, authorization: string): Promise<CurrentUser> {
  const token = BEARER.exec(authorization)?.[1]
  if (!token || !COMPACT_JWS.test(token)) throw new Problem('invalid-token')
  const [current, previous] = await jwtVerifiers(c.get('config'))
  const next = () => Promise.resolve()
  try {
    await current?.(c, next)
  } catch (error) {
    if (!previous) throw error
    await previous(c, next)
  }
  const currentUser = readClaims(c.get('jwtPayload'))
  if (!currentUser) throw new Problem('invalid-token')
  return withPolicies(c.get('config'), currentUser)
}

/** The user with the settings that restrict authors. */
export const withPolicies = (
  { emailVerification, newAccountPostsPerDay: newAccountLimit }: Config,
  currentUser: CurrentUser,
): CurrentUser => ({
  ...currentUser,
  newAccountLimit,
  ...(emailVerification === 'required' && { mustBeVerified: true }),
})

const requireUser: MiddlewareHandler<AppEnv & { Variables: { currentUser: CurrentUser } }> = async function requireUser(
  c,
  next,
) {
  const authorization = c.req.header('Authorization')
  // RFC 6750 §3.1: credentials of another scheme are no token, so the challenge has no error code.
  if (authorization === undefined || !isBearer(authorization)) throw new Problem('unauthenticated')
  c.set('currentUser', await authenticate(c, authorization))
  await next()
}

/** The same with a rate limit of the account. */
const requireUserWithin = (enforce: typeof limitWrites): typeof requireUser =>
  async function requireUserWithinLimit(c, next) {
    return requireUser(c, async () => {
      await enforce(c)
      await next()
    })
  }

const allowUser: MiddlewareHandler<AppEnv & { Variables: { currentUser: CurrentUser | null } }> =
  async function allowUser(c, next) {
    const authorization = c.req.header('Authorization')
    const hasToken = authorization !== undefined && isBearer(authorization)
    c.set('currentUser', hasToken ? await authenticate(c, authorization) : null)
    c.header('Vary', 'Authorization', { append: true })
    await next()
  }

const bearer: string[] = []

/** For a route that requires a signed-in user. The route's own statement checks that the session is active. */
export const requireAuth = { middleware: requireUser, security: [{ bearer }] }

/** The same with a rate limit of the account: for a route that creates an item, and for a route that writes otherwise. */
export const requireAuthToCreate = { ...requireAuth, middleware: requireUserWithin(limitCreates) }
export const requireAuthToWrite = { ...requireAuth, middleware: requireUserWithin(limitWrites) }

/** For a public route whose response is different for a signed-in user. An invalid token is refused. */
export const optionalAuth = { middleware: allowUser, security: [{}, { bearer }] }

const requireUserAndRateLimit: typeof requireUser = function requireUserAndRateLimit(c, next) {
  return requireUser(c, async () => {
    await enforceRateLimit(c)
    await next()
  })
}

/** The same for a route that verifies the current password. It is rate-limited, because it hashes. */
export const requireAuthAndRateLimit = { middleware: requireUserAndRateLimit, security: [{ bearer }] }
