/** Once a minute `/health` also writes, because a server can stop accepting writes and still serve reads. */
import { env as bindings } from 'cloudflare:workers'
import { afterEach, expect, test, vi } from 'vitest'
import { faultyD1, withFault } from '../support/faulty-database.ts'
import { countRoundTrips, statementsOf } from '../support/round-trips.ts'
import { countRows } from '../support/rows.ts'
import { call, env } from '../support/service.ts'

afterEach(() => vi.restoreAllMocks())

const isWrite = ({ sql }: { sql: string }) => /^\s*delete/i.test(sql)
const health = (given: typeof env) => call('GET', '/health', { env: given })

test.skipIf(bindings.STORE !== 'd1')('the first check of an isolate writes, the next ones after a minute', async () => {
  const own = { ...env }
  const writes = async () => (await statementsOf(() => health(own))).filter(isWrite).length
  expect(await writes()).toBe(1)
  expect(await writes()).toBe(0)
  const now = Date.now()
  vi.spyOn(Date, 'now').mockReturnValue(now + 59_000)
  expect(await writes()).toBe(0)
  vi.mocked(Date.now).mockReturnValue(now + 61_000)
  expect(await writes()).toBe(1)
  expect(await writes()).toBe(0)
})

test('the write is part of the same round trip and changes nothing', async () => {
  const before = await countRows()
  expect(await countRoundTrips(async () => expect((await health({ ...env })).status).toBe(200))).toBe(1)
  expect(await countRows()).toEqual(before)
})

test('returns 503 while the database does not accept writes', async () => {
  const own = { ...env, ...(env.DB && { DB: faultyD1(env.DB) }) }
  // The failing statement is the write of the first check.
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const broken = await withFault({ statement: 1 }, () => health(own))
  expect([broken.result.status, broken.result.body.code]).toEqual([503, 'unavailable'])
  expect((await health(own)).status).toBe(200)
})
