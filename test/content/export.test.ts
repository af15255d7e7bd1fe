/** The export of an account: it is streamed in pages, and ends with the session. */
import { createExecutionContext } from 'cloudflare:test'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { connect } from '../../src/store/database.ts'
import { idempotencyKeys, reports } from '../../src/store/schema.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { account, app, call, env } from '../support/service.ts'

const BODY = 'x'.repeat(100_000)

const withPosts = async (count: number) => {
  const author = await account()
  for (let n = 0; n < count; n++) {
    const { status } = await call('POST', '/posts', { token: author.token, json: { title: `Post ${n}`, body: BODY } })
    expect(status).toBe(201)
  }
  return author
}

test('an export has every item once, in as many pages as its size needs', async () => {
  const { token } = await withPosts(45)
  for (let n = 0; n < 3; n++) await call('POST', '/recipes', { token, json: { title: `Recipe ${n}` } })
  let response: Awaited<ReturnType<typeof call>> | undefined
  const roundTrips = await countRoundTrips(async () => {
    response = await call('GET', '/users/me/export', { token })
  })
  const { posts, recipes } = response?.body.content ?? {}
  expect(posts.map(({ title }: { title: string }) => title)).toEqual(Array.from({ length: 45 }, (_, n) => `Post ${n}`))
  expect(posts.every(({ body }: { body: string }) => body === BODY)).toBe(true)
  expect(recipes).toHaveLength(3)
  // The account, three pages of posts of 2 MB, and one page of recipes.
  expect(roundTrips).toBe(1 + 3 + 1)
})

test('an export breaks off if the session ends meanwhile', async () => {
  const { token } = await withPosts(45)
  const request = new Request('http://postern.test/users/me/export', { headers: { Authorization: `Bearer ${token}` } })
  const response = await app.fetch(request, env, createExecutionContext())
  const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>
  expect((await reader.read()).done).toBe(false)
  expect((await call('POST', '/users/logout', { token })).status).toBe(204)
  let bytes = 0
  const rest = async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      bytes += value.length
    }
  }
  await expect(rest()).rejects.toMatchObject({ slug: 'invalid-token' })
  expect(bytes).toBeLessThan(3_000_000)
})

test('no further page is read after the client has disconnected', async () => {
  const { token } = await withPosts(45)
  const request = new Request('http://postern.test/users/me/export', { headers: { Authorization: `Bearer ${token}` } })
  const roundTrips = await countRoundTrips(async () => {
    const response = await app.fetch(request, env, createExecutionContext())
    await response.body?.cancel()
  })
  expect(roundTrips).toBeLessThanOrEqual(2)
})

test('an export has every report and every key, more than fit into one response of sqld', async () => {
  const { token, id: userId } = await account()
  const db = connect(env)
  const [count, at] = [4_000, Date.now()]
  const ids = Array.from({ length: count }, (_, n) => n + 1)
  // 3 KB of text in each report: 12 MB. SQLite repeats it, because D1 has a limit for a statement.
  await db.run(sql`insert into ${reports} (type, item_id, author_id, reporter_id, reason, detail, status, created_at, version)
    select 'posts', value, 1, ${userId}, 'spam', replace(hex(zeroblob(500)), '0', '가'), 'open', ${at}, 1
    from json_each(${JSON.stringify(ids)})`)
  await db.run(sql`insert into ${idempotencyKeys} (user_id, key, fingerprint, nonce, item_id, author_name, author_renames, created_at)
    select ${userId}, 'key-' || value, 'x', 'x', value, 'x', 0, ${at} from json_each(${JSON.stringify(ids)})`)
  const { status, body } = await call('GET', '/users/me/export', { token })
  expect(status).toBe(200)
  expect(body.reports.map(({ item_id }: { item_id: number }) => item_id)).toEqual(ids)
  expect(body.idempotency_keys.map(({ key }: { key: string }) => key).toSorted()).toEqual(
    ids.map((n) => `key-${n}`).toSorted(),
  )
})
