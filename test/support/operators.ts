/** Operators for tests. The role is granted in the database, as `npm run operator` does. */
import { and, eq } from 'drizzle-orm'
import { connect } from '../../src/store/database.ts'
import { auditLog, reports, sessions, users } from '../../src/store/schema.ts'
import { CONTENT_TYPES } from './content-types.ts'
import { account, call, env } from './service.ts'

const db = connect(env)

export const setRole = (id: number, role: 'member' | 'operator') =>
  db.update(users).set({ role }).where(eq(users.id, id))

/** A new account that is an operator. */
export async function operator() {
  const created = await account()
  await setRole(created.id, 'operator')
  return created
}

/** Sets the age of the last proof of the password in every session of a user, in milliseconds. */
export const ageReauthentication = (userId: number, age: number) =>
  db
    .update(sessions)
    .set({ reauthenticated_at: new Date(Date.now() - age) })
    .where(eq(sessions.user_id, userId))

/** The audit entries about a subject, oldest first. */
export const auditOf = (subject: string) =>
  db
    .select({
      actor: auditLog.actor,
      action: auditLog.action,
      reason: auditLog.reason,
      request_id: auditLog.request_id,
    })
    .from(auditLog)
    .where(eq(auditLog.subject, subject))
    .orderBy(auditLog.id)

/** Every id in all pages of a list. */
export async function idsOf(path: string, token?: string): Promise<number[]> {
  const ids: number[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? '' : `${path.includes('?') ? '&' : '?'}cursor=${cursor}`
    const { body } = await call('GET', `${path}${query}`, token === undefined ? {} : { token })
    ids.push(...body.items.map(({ id }: { id: number }) => id))
    cursor = body.next_cursor
  } while (cursor !== null)
  return ids
}

/** An open report by an account about its own item. */
export async function newReport({ id: userId, token }: { id: number; token: string }): Promise<{ id: number }> {
  const item = await call('POST', '/posts', { token, json: { title: 'Buy now', body: 'x' } })
  await call('POST', `/posts/${item.body.id}/reports`, { token, json: { reason: 'spam' } })
  const isOurs = and(eq(reports.reporter_id, userId), eq(reports.item_id, item.body.id))
  const [report] = await db.select({ id: reports.id }).from(reports).where(isOurs)
  if (!report) throw new Error('The report was not stored.')
  return report
}

/** A successful call of an operator operation, by a new operator on a new user. */
export async function operatorCall(operationId: string, path: string) {
  const [admin, target] = [await operator(), await account()]
  const caller = { token: admin.token, userId: admin.id }
  const reason = 'Spam.'
  const type = /^\/operator\/(\w+)\/\{id\}\/hidden$/.exec(path)?.[1]
  if (type) {
    const { example } = CONTENT_TYPES[type] ?? {}
    const json = { ...example, draft: false }
    const { id } = (await call('POST', `/${type}`, { token: target.token, json })).body
    const at = path.replace('{id}', id)
    if (operationId.startsWith('hide')) return { ...caller, path: at, json: { reason } }
    await call('PUT', at, { token: admin.token, json: { reason } })
    return { ...caller, path: at }
  }
  if (path.startsWith('/operator/reports')) {
    const report = await newReport(admin)
    const at = path.replace('{id}', String(report.id))
    return {
      ...caller,
      path: at,
      ...(operationId === 'updateReport' && { json: { status: 'resolved', note: 'Hidden.' } }),
    }
  }
  if (operationId === 'inviteUser') return { ...caller, path, json: { email: `${crypto.randomUUID()}@example.com` } }
  const at = path.replace('{id}', String(target.id))
  if (operationId === 'liftSuspension') await call('PUT', at, { token: admin.token, json: { reason } })
  const needsReason = ['suspendUser', 'deleteUser'].includes(operationId)
  return { ...caller, path: at, ...(needsReason && { json: { reason } }) }
}
