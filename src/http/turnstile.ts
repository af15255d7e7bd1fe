/** Cloudflare Turnstile: with `TURNSTILE_SECRET`, registration and password reset require a token of its widget. */
import { z } from 'zod'
import type { Config } from '../config.ts'
import { lazy } from '../lazy.ts'
import { describeError, log } from '../log.ts'
import { Problem } from './problem.ts'

/** https://developers.cloudflare.com/turnstile/get-started/server-side-validation/ */
const VERIFY_URL = 'https://challenges.cloudflare.com/turnstile/v0/siteverify'

/** The time limit for Cloudflare to verify a token, in milliseconds. */
const TIMEOUT = 3_000

const RETRY_SECONDS = 10

const Verdict = lazy(() => z.object({ success: z.boolean(), 'error-codes': z.array(z.string()).optional() }))

/** Error codes that say nothing about the token. */
const NO_VERDICT = new Set(['internal-error', 'missing-input-secret', 'invalid-input-secret'])

/**
 * Throws `challenge-failed` (403) without a valid token. If Cloudflare does not respond in time, the request passes; with
 * `TURNSTILE_FAIL_CLOSED`, it throws `unavailable` (503). A token can be verified once.
 */
export async function requireChallenge(
  { turnstile }: Config,
  { turnstile_token: token }: { turnstile_token?: string | null | undefined },
  address: string | undefined,
): Promise<void> {
  if (!turnstile) return
  if (token == null) throw new Problem('challenge-failed')
  const verdict = await verify(turnstile.secret, token, address)
  if (verdict === false) throw new Problem('challenge-failed')
  if (verdict === undefined && turnstile.failsClosed) {
    throw new Problem('unavailable', { headers: { 'Retry-After': String(RETRY_SECONDS) } })
  }
}

/** Whether the token is valid. Undefined if Cloudflare did not decide. */
async function verify(secret: string, token: string, address: string | undefined): Promise<boolean | undefined> {
  try {
    const response = await fetch(VERIFY_URL, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ secret, response: token, remoteip: address }),
      signal: AbortSignal.timeout(TIMEOUT),
    })
    const { success, 'error-codes': codes = [] } = Verdict().parse(await response.json())
    if (success) return true
    if (!codes.some((code) => NO_VERDICT.has(code))) return false
    log('error', 'turnstile-unavailable', { codes })
  } catch (error) {
    log('error', 'turnstile-unavailable', describeError(error))
  }
  return undefined
}
