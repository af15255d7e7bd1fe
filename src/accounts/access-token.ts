/** Access tokens: JWTs signed with HS256, and the claims that every one of them must have. */
import { sign, verify } from 'hono/jwt'
import { z } from 'zod'
import type { Config, Keys } from '../config.ts'
import type { CurrentUser } from '../http/context.ts'
import { lazy } from '../lazy.ts'

/** The lifetime of an access token, in seconds. */
export const ACCESS_TOKEN_SECONDS = 900

/** The lifetime of an access token for a client that cannot refresh it (`src/compat/`), in seconds. */
export const COMPAT_TOKEN_SECONDS = 12 * 3600

/** The maximum difference to the clock of another machine, in seconds. */
const CLOCK_SKEW_SECONDS = 60

/**
 * A compact JWS with the header {"alg":"HS256","typ":"JWT"} and no other, so that `crit`, `jwk`, `kid` and other
 * algorithms never reach the verifier (RFC 8725 §3.1). A signature of 32 bytes has 43 characters; the last has 2 unused
 * bits, which must be zero (RFC 4648 §3.5), so that each signature has one spelling.
 */
export const COMPACT_JWS = /^eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.[\w-]{1,2000}\.[\w-]{42}[AEIMQUYcgkosw048]$/

/** What `hono/jwt` checks. `iat` is checked in `readClaims`: the verifier allows no clock skew. */
export const verificationOf = ({ tokenIssuer }: Config) => ({
  iss: tokenIssuer,
  aud: [tokenIssuer, compatAudience(tokenIssuer)],
  iat: false,
})

/** The audience of tokens with the longer lifetime. A token with any other audience cannot have that lifetime. */
const compatAudience = (issuer: string) => `${issuer} compat`

/**
 * RFC 7519 §4.1. All seven are required. `sub` is the id of the user, `sid` the id of the session. `iss` and `aud` are
 * compared by `verificationOf`. This schema also requires that `aud` is one string and not a list.
 */
const Claims = lazy(() =>
  z.object({
    iss: z.string(),
    aud: z.string(),
    sub: z.string().regex(/^[1-9]\d{0,15}$/),
    sid: z.string().regex(/^[\w-]{22}$/),
    jti: z.string().min(1),
    iat: z.int(),
    exp: z.int(),
  }),
)

const imported = new WeakMap<Keys, Promise<CryptoKey>>()

/** The HMAC key, imported once per isolate as raw bytes: `hono/jwt` would read some strings as PEM. */
export function accessTokenKey(keys: Keys): Promise<CryptoKey> {
  let key = imported.get(keys)
  if (!key) {
    key = crypto.subtle.importKey('raw', keys.access, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
    imported.set(keys, key)
  }
  return key
}

/** Signs a token for one session of one user. It expires `lifetime` seconds after `now` (milliseconds). */
export async function issueAccessToken(
  config: Config,
  { userId, sessionId }: CurrentUser,
  now = Date.now(),
  lifetime = ACCESS_TOKEN_SECONDS,
): Promise<string> {
  const iat = Math.floor(now / 1000)
  const claims: z.infer<ReturnType<typeof Claims>> = {
    iss: config.tokenIssuer,
    aud: lifetime > ACCESS_TOKEN_SECONDS ? compatAudience(config.tokenIssuer) : config.tokenIssuer,
    sub: String(userId),
    sid: sessionId,
    jti: crypto.randomUUID(),
    iat,
    exp: iat + lifetime,
  }
  return sign(claims, await accessTokenKey(config.keys), 'HS256')
}

/** The user and session in verified claims, or null if a claim is missing, malformed, expired or not yet valid. */
export function readClaims(payload: unknown, now = Date.now()): CurrentUser | null {
  const claims = Claims().safeParse(payload).data
  if (!claims) return null
  const lifetime = claims.aud === compatAudience(claims.iss) ? COMPAT_TOKEN_SECONDS : ACCESS_TOKEN_SECONDS
  const age = now / 1000 - claims.iat
  const isTimely = age >= -CLOCK_SKEW_SECONDS && age < lifetime && now / 1000 < claims.exp
  const isShort = claims.exp - claims.iat <= lifetime
  return isTimely && isShort ? { userId: Number(claims.sub), sessionId: claims.sid } : null
}

/** The user and session of a token, or null if the token is not valid. Does not check whether the session is active. */
export async function verifyAccessToken(config: Config, token: string, now = Date.now()): Promise<CurrentUser | null> {
  if (!COMPACT_JWS.test(token)) return null
  for (const keys of config.acceptedKeys) {
    const options = { alg: 'HS256', ...verificationOf(config) } as const
    const payload = await verify(token, await accessTokenKey(keys), options).catch(() => null)
    if (payload) return readClaims(payload, now)
  }
  return null
}
