/** Audit events in the structured log: one line for each event of an account, with the origin of the request. */
import type { Caller as RequestCaller } from '../http/context.ts'
import { log } from '../log.ts'

export type AuditEvent =
  | 'registered'
  | 'login-succeeded'
  | 'login-failed'
  | 'login-throttled'
  | 'login-suspended'
  | 'refreshed'
  | 'refresh-reuse'
  | 'logout'
  | 'session-revoked'
  | 'session-evicted'
  | 'wrong-password'
  | 'reauthenticated'
  | 'password-changed'
  | 'profile-changed'
  | 'email-changed'
  | 'email-change-requested'
  | 'email-verified'
  | 'password-reset'
  | 'exported'
  | 'deleted'

/** The `Caller` of a request with the type of the account events. */
export type Caller = Omit<RequestCaller, 'audit'> & { audit: (event: AuditEvent, userId: number | undefined) => void }

/** The origin of a request in the log: the network of the address, and the country if Cloudflare knows it. */
export type Origin = { network: string | undefined; country: string | undefined }

/** Writes the audit events of one request. */
export const auditLogger =
  (requestId: string, origin: () => Origin): RequestCaller['audit'] =>
  (event, userId) =>
    log('info', `audit.${event}`, { request_id: requestId, user_id: userId, ...origin() })
