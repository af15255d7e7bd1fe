/** Mail tokens of the service, for tests that need a token and do not test the mail. */
import { eq } from 'drizzle-orm'
import { readConfig } from '../../src/config.ts'
import { createMailToken, type TokenPurpose } from '../../src/mail/token.ts'
import { connect } from '../../src/store/database.ts'
import { users } from '../../src/store/schema.ts'
import { mailEnv } from './mailbox.ts'
import { claimsOf } from './tokens.ts'

const PURPOSES: Record<string, TokenPurpose> = {
  resetPassword: 'reset',
  verifyEmail: 'verify',
  confirmEmailChange: 'change',
}

/** The token for an operation and the current state of an account. Undefined if the operation takes no token. */
export async function mailTokenFor(operationId: string, { id, token }: { id: number; token: string }) {
  const purpose = PURPOSES[operationId]
  if (!purpose) return undefined
  const [user] = await connect(mailEnv).select({ epoch: users.epoch }).from(users).where(eq(users.id, id))
  const address = `moved-${crypto.randomUUID()}@example.com`
  const payload = purpose === 'change' ? { payload: `${String(claimsOf(token)['sid'])} ${address}` } : {}
  const subject = { userId: id, epoch: user?.epoch ?? 0, ...payload }
  return createMailToken(readConfig(mailEnv), purpose, subject, Date.now() + 60_000)
}

/** The new address in a token of `confirmEmailChange`. */
export const addressIn = (token: string): string =>
  new TextDecoder().decode(Uint8Array.fromBase64(token.split('.')[4] ?? '', { alphabet: 'base64url' })).slice(23)
