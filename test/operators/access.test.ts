/** Every operator route of the document, called by everybody: a new route is covered by being there. */
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { connect } from '../../src/store/database.ts'
import { auditLog, users } from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { operatorCall, setRole } from '../support/operators.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { account, call, countRows, document, env } from '../support/service.ts'

const db = connect(env)
const routes = Object.entries(document.paths)
  .filter(([path]) => path.startsWith('/operator/'))
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({ method: method.toUpperCase(), path, operationId })),
  )

test('the document has operator routes', () => {
  expect(routes.length).toBeGreaterThan(10)
})

/** What changes where nothing may: rows, and what is in them. */
async function state() {
  const people = await db.select({ id: users.id, suspended_at: users.suspended_at, role: users.role }).from(users)
  return { rows: await countRows(), people }
}

describe.each(routes)('$operationId', ({ method, path, operationId }) => {
  const prepared = () => operatorCall(operationId, path)
  const send = ({ path: at, json }: { path: string; json?: unknown }, token?: string) =>
    call(method, at, { ...(token !== undefined && { token }), ...(json !== undefined && { json }) })

  /** A call that must not do anything. */
  async function refused(given: Awaited<ReturnType<typeof prepared>>, token?: string) {
    const before = await state()
    const { status } = await send(given, token)
    expect(await state()).toEqual(before)
    return status
  }

  test('without a token: 401', async () => {
    expect(await refused(await prepared())).toBe(401)
  })

  test('a member: 404', async () => {
    const given = await prepared()
    expect(await refused(given, (await account()).token)).toBe(404)
  })

  test('an operator who was demoted: 404, with the next request', async () => {
    const given = await prepared()
    await setRole(given.userId, 'member')
    expect(await refused(given, given.token)).toBe(404)
  })

  test('an operator who was suspended: 401', async () => {
    const given = await prepared()
    const other = await operatorCall('suspendUser', '/operator/users/{id}/suspension')
    const suspension = { token: other.token, json: { reason: 'Stolen.' } }
    expect((await call('PUT', `/operator/users/${given.userId}/suspension`, suspension)).status).toBe(204)
    expect(await refused(given, given.token)).toBe(401)
  })

  test('an operator whose row alone says suspended: 404', async () => {
    const given = await prepared()
    await db.update(users).set({ suspended_at: new Date() }).where(eq(users.id, given.userId))
    expect(await refused(given, given.token)).toBe(404)
  })

  test('an operator: it works, in one round trip, and a change is recorded', async () => {
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
