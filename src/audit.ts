/** The audit log: one line for each thing that happens to an account, and who was asking. */
import type { Config } from './env.ts'
import { log } from './log.ts'

export type AuditEvent =
  | 'registered'
  | 'login-ok'
  | 'login-failed'
  | 'login-slowed'
  | 'refreshed'
  | 'refresh-reuse'
  | 'logout'
  | 'session-revoked'
  | 'password-wrong'
  | 'password-changed'
  | 'profile-changed'
  | 'email-changed'
  | 'exported'
  | 'deleted'

/** What an account's modules know of a request: the configuration, the client's name for itself, and where to tell. */
export type Caller = {
  config: Config
  userAgent: string | undefined
  audit: (event: AuditEvent, userId: number | undefined) => void
}

/** The audit log of one request. */
export const auditOf =
  (requestId: string): Caller['audit'] =>
  (event, userId) =>
    log('info', `audit.${event}`, { request_id: requestId, user_id: userId })
