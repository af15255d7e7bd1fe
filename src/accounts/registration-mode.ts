/** Who can register (`REGISTRATION`), and the invitations that operators issue. */
import type { Config } from '../config.ts'
import { Problem } from '../http/problem.ts'
import { createMailToken, readMailToken, TOKEN_LIFETIME } from '../mail/token.ts'
import { normalizeEmail } from './email-address.ts'

/** An invitation for one address. It is used up when an account has the address. `operatorId` is who issued it. */
export function createInvitation(config: Config, operatorId: number, email: string, now: number) {
  const expiresAt = Math.floor((now + TOKEN_LIFETIME.invite) / 1000) * 1000
  const payload = normalizeEmail(email)
  return {
    invitation: createMailToken(config, 'invite', { userId: operatorId, epoch: 0, payload }, expiresAt),
    expires_at: new Date(expiresAt),
  }
}

/** Throws `registration-closed` (403), or `invitation-required` (403) without a valid invitation for the address. */
export function requireRegistrationAllowed(
  config: Config,
  { email, invitation }: { email: string; invitation?: string | null | undefined },
  now: number,
): void {
  if (config.registration === 'closed') throw new Problem('registration-closed')
  if (config.registration !== 'invite') return
  const read = invitation == null ? null : readMailToken(config, 'invite', invitation, now)
  if (!read || read.payload !== normalizeEmail(email)) throw new Problem('invitation-required')
}
