/** Access to every operator route of the document. A new route is covered automatically. */
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { connect } from '../../src/store/database.ts'
import { auditLog, users } from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { operatorCall, setRole } from '../support/operators.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { countRows } from '../support/rows.ts'
import { account, call, document, env } from '../support/service.ts'

const db = connect(env)
const routes = Object.entries(document.paths)
  .filter(([path]) => path.startsWith('/operator/'))
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({ method: method.toUpperCase(), path, operationId })),
  )

test('the document has operator routes', () => {
  expect(routes.length).toBeGreaterThan(10)
})

/** The state that a refused call must not change. */
async function state() {
  const people = await db.select({ id: users.id, suspended_at: users.suspended_at, role: users.role }).from(users)
  return { rows: await countRows(), people }
}

describe.each(routes)('$operationId', ({ method, path, operationId }) => {
  const prepared = () => operatorCall(operationId, path)
  const send = ({ path: at, json }: { path: string; json?: unknown }, token?: string) =>
    call(method, at, { ...(token !== undefined && { token }), ...(json !== undefined && { json }) })

  /** Calls the route and checks that nothing changes. */
  async function refused(given: Awaited<ReturnType<typeof prepared>>, token?: string) {
    const before = await state()
    const { status } = await send(given, token)
    expect(await state()).toEqual(before)
    return status
  }

  test('returns 401 without a token', async () => {
    expect(await refused(await prepared())).toBe(401)
  })

  test('returns 404 for a member', async () => {
    const given = await prepared()
    expect(await refused(given, (await account()).token)).toBe(404)
  })

  test('returns 404 for a demoted operator from the next request on', async () => {
    const given = await prepared()
    await setRole(given.userId, 'member')
    expect(await refused(given, given.token)).toBe(404)
  })

  test('returns 401 for a suspended operator', async () => {
    const given = await prepared()
    const other = await operatorCall('suspendUser', '/operator/users/{id}/suspension')
    const suspension = { token: other.token, json: { reason: 'Stolen.' } }
    expect((await call('PUT', `/operator/users/${given.userId}/suspension`, suspension)).status).toBe(204)
    expect(await refused(given, given.token)).toBe(401)
  })

  test('returns 404 for a suspended operator with an active session', async () => {
    const given = await prepared()
    await db.update(users).set({ suspended_at: new Date() }).where(eq(users.id, given.userId))
    expect(await refused(given, given.token)).toBe(404)
  })

  test('works for an operator in one round trip, and records a change', async () => {
    const given = await prepared()
    const actor = `user:${given.userId}`
    const entries = () => db.$count(auditLog, eq(auditLog.actor, actor))
    const before = await entries()
    let status = 0
    expect(await countRoundTrips(async () => void ({ status } = await send(given, given.token)))).toBe(1)
    expect(status).toBeLessThan(300)
    expect((await entries()) - before).toBe(method === 'GET' ? 0 : 1)
  })
})

test('an empty filter of a list means the same as none', async () => {
  const { token } = await operatorCall('listUsers', '/operator/users')
  for (const [path, query] of [
    ['/operator/users', 'q=&status=&limit=&cursor='],
    ['/operator/reports', 'status=&limit=&cursor='],
    ['/operator/audit', 'subject=&actor=&limit=&cursor='],
  ]) {
    const { body } = await call('GET', `${path}`, { token })
    const same = await call('GET', `${path}?${query}`, { token })
    expect([path, same.status, same.body]).toEqual([path, 200, body])
  }
})
