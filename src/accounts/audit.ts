/** The audit log: one line for each thing that happens to an account, and who was asking. */
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

/** The same as the request's `Caller`, with the events that accounts have. */
export type Caller = Omit<RequestCaller, 'audit'> & { audit: (event: AuditEvent, userId: number | undefined) => void }

/** Where a request came from, as the log has it: the network of the address, and the country if Cloudflare knows it. */
export type Origin = { network: string | undefined; country: string | undefined }

/** The audit log of one request. */
export const auditLogger =
  (requestId: string, origin: () => Origin): RequestCaller['audit'] =>
  (event, userId) =>
    log('info', `audit.${event}`, { request_id: requestId, user_id: userId, ...origin() })
