import { z } from '@hono/zod-openapi'
/** Access tokens: issued, and checked more strictly than `hono/jwt` does alone. */
import { sign, verify } from 'hono/jwt'
import type { Config } from './env.ts'

/** How long an access token is good for, in seconds. */
export const ACCESS_TOKEN_SECONDS = 900

/** By how much another machine's clock may be ahead of ours, in seconds. */
const CLOCK_SKEW_SECONDS = 60

const ISSUER = 'postern'

/**
 * Every token of ours starts with this header and no other: {"alg":"HS256","typ":"JWT"}. So `crit`, `jwk`, `kid` and
 * other algorithms never reach the verifier (RFC 8725 §3.1), and 32 bytes of signature are 43 characters, unpadded.
 */
const COMPACT_JWS = /^eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.[\w-]{1,2000}\.[\w-]{43}$/

/** RFC 7519 §4.1. All seven are compulsory; `sub` is the user's id, `sid` the session's. */
const Claims = z.object({
  iss: z.literal(ISSUER),
  aud: z.literal(ISSUER),
  sub: z.string().regex(/^[1-9]\d{0,15}$/),
  sid: z.string().regex(/^[\w-]{22}$/),
  jti: z.string().min(1),
  iat: z.int(),
  exp: z.int(),
})

export type Subject = { userId: number; sessionId: string }

/** A signed token for one session of one user, good for `ACCESS_TOKEN_SECONDS` from `now` (milliseconds). */
export function issue(config: Config, { userId, sessionId }: Subject, now = Date.now()): Promise<string> {
  const iat = Math.floor(now / 1000)
  const claims: z.infer<typeof Claims> = {
    iss: ISSUER,
    aud: ISSUER,
    sub: String(userId),
    sid: sessionId,
    jti: crypto.randomUUID(),
    iat,
    exp: iat + ACCESS_TOKEN_SECONDS,
  }
  return sign(claims, config.keys.access, 'HS256')
}

/** Whom a token speaks for, or null where it does not hold. Does not ask whether the session lives. */
export async function check(config: Config, token: string, now = Date.now()): Promise<Subject | null> {
  if (!COMPACT_JWS.test(token)) return null
  for (const keys of config.acceptedKeys) {
    // `iat` is checked below: the verifier gives a clock that is a second ahead no leeway.
    const options = { alg: 'HS256', iss: ISSUER, aud: ISSUER, iat: false } as const
    const payload = await verify(token, keys.access, options).catch(() => null)
    if (!payload) continue
    const claims = Claims.safeParse(payload).data
    if (!claims) return null
    const age = now / 1000 - claims.iat
    const isTimely = age >= -CLOCK_SKEW_SECONDS && age < ACCESS_TOKEN_SECONDS && now / 1000 < claims.exp
    const isShort = claims.exp - claims.iat <= ACCESS_TOKEN_SECONDS
    return isTimely && isShort ? { userId: Number(claims.sub), sessionId: claims.sid } : null
  }
  return null
}
