/** Invitations to register, for `REGISTRATION=invite`. */
import { insertAuditEntry } from '../accounts/audit-log.ts'
import { normalizeEmail } from '../accounts/email-address.ts'
import { createInvitation } from '../accounts/registration-mode.ts'
import { isOperator, requireOperator } from '../accounts/roles.ts'
import type { Caller, CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import { newMailId, requestInvitation } from '../mail/outbox.ts'
import type { Database } from '../store/database.ts'

/**
 * Issues an invitation for an address. With mail, the invitation is mailed and null is returned. Otherwise it is returned,
 * and the operator sends it. The audit log has the operator and not the address. Throws as `requireOperator`.
 */
export async function invite(db: Database, caller: Caller, currentUser: CurrentUser, email: string, now = Date.now()) {
  const isAllowed = isOperator(db, currentUser, now)
  const entry = { action: 'invitation-issued', subject: 'invitation', subjectUserId: null, reason: null } as const
  const { userId: operatorId } = currentUser
  const mail = { id: newMailId(), recipient: email, emailNormalized: normalizeEmail(email), operatorId }
  const [[recorded]] = await db.batch([
    insertAuditEntry(db, caller, currentUser, entry, isAllowed, now),
    ...(caller.config.mail ? requestInvitation(db, caller.config, mail, isAllowed, now) : []),
  ])
  if (!recorded) {
    await requireOperator(db, currentUser, now)
    throw new Problem('not-found')
  }
  caller.audit('invitation-issued', operatorId)
  caller.deliver(mail.id)
  return caller.config.mail ? null : createInvitation(caller.config, operatorId, email, now)
}
