/** Failures of libSQL servers: a lock, a server that never responds, and the limit on the size of results. */
import { createClient } from '@libsql/client/http'
import { env as bindings } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { connect } from '../../src/store/database.ts'
import { findDatabaseUnavailable } from '../../src/store/round-trip.ts'
import { posts } from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { account, call, env, libsqlUrl } from '../support/service.ts'

const db = connect(env)
const { id, token } = await account()
const create = () => call('POST', '/posts', { token, json: { title: 'One', body: 'x' } })

describe.skipIf(bindings.STORE === 'd1')('libSQL', () => {
  test('a writer waits for the lock and gets it after five seconds', async () => {
    const lock = async () => {
      const transaction = await createClient({ url: libsqlUrl }).transaction('write')
      await transaction.execute('delete from posts')
      return transaction
    }
    const first = await lock()
    let isWritten = false
    const waiting = create().finally(() => (isWritten = true))
    await scheduler.wait(500)
    expect(isWritten).toBe(false)
    await first.rollback()
    expect((await waiting).status).toBe(201)

    const second = await lock()
    const before = await db.$count(posts)
    const start = performance.now()
    expect((await create()).status).toBe(201)
    expect(performance.now() - start).toBeGreaterThan(4_000)
    await expect(second.commit()).rejects.toMatchObject({ code: 'TRANSACTION_TIMEOUT' })
    expect(await db.$count(posts)).toBe(before + 1)
  }, 60_000)

  test('a call to a server that never responds times out after ten seconds', async () => {
    const silent = { ...env, LIBSQL_URL: `${bindings.LIBSQL_SERVER}/never-responds/` }
    const start = performance.now()
    const [read, write] = await Promise.all([
      call('GET', '/posts', { env: silent }),
      call('POST', '/posts', { env: silent, token, json: { title: 'One', body: 'x' } }),
    ])
    expect(performance.now() - start).toBeGreaterThan(9_900)
    expect(performance.now() - start).toBeLessThan(25_000)
    expect([read.status, read.body.type, read.headers.get('Retry-After')]).toEqual([503, '/problems/unavailable', '2'])
    expect([write.status, write.body.type]).toEqual([500, '/problems/outcome-unknown'])
  }, 60_000)

  test('a result that is too large is `overloaded`, and its statement changes nothing', async () => {
    const title = 'large'
    const now = new Date()
    const large = {
      author_id: id,
      title,
      body: 'x'.repeat(1_500_000),
      visibility: 'public' as const,
      published_at: now,
      created_at: now,
      updated_at: now,
      version: 1,
    }
    for (let n = 0; n < 7; n++) await db.insert(posts).values(large)
    const isLarge = eq(posts.title, title)
    const failureOf = (query: PromiseLike<unknown>) =>
      query.then(
        () => null,
        (error: unknown) => findDatabaseUnavailable(error)?.failure,
      )
    expect(await failureOf(db.select().from(posts).where(isLarge))).toBe('overloaded')
    expect(await failureOf(db.update(posts).set({ title: 'changed' }).where(isLarge).returning())).toBe('overloaded')
    expect(await failureOf(db.batch([db.delete(posts).where(isLarge).returning()]))).toBe('overloaded')
    expect(await db.$count(posts, isLarge)).toBe(7)
  }, 60_000)
})
