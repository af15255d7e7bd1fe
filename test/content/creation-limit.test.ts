import { env as bindings } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { Env } from '../../src/config.ts'
import { connect } from '../../src/store/database.ts'
import { posts, users } from '../../src/store/schema.ts'
import { account, call, env } from '../support/service.ts'

const db = connect(env)
const post = { title: 'Buy now', body: 'x' }
const asNew = { ...env, NEW_ACCOUNT_POSTS_PER_DAY: '20' }
const write = (token: string, given: Env = asNew, headers = {}, path = '/posts') =>
  call('POST', path, { token, json: path === '/posts' ? post : { title: 'Soup' }, env: given, headers })

test('a new account can have 20 items, counted exactly over all content types', async () => {
  const { id, token } = await account()
  const responses = await Promise.all(
    Array.from({ length: 30 }, (_, n) => write(token, asNew, {}, n % 3 === 0 ? '/recipes' : '/posts')),
  )
  expect(responses.filter(({ status }) => status === 201)).toHaveLength(20)
  const refused = responses.filter(({ status }) => status === 429)
  expect(refused).toHaveLength(10)
  expect(refused[0]?.body.code).toBe('new-account-limit')
  const wait = Number(refused[0]?.headers.get('Retry-After'))
  expect(wait).toBeGreaterThan(86_000)
  expect(wait).toBeLessThanOrEqual(86_400)
  for (const { body } of responses.filter(({ status }) => status === 201)) {
    const path = 'body' in body ? '/posts' : '/recipes'
    expect((await call('GET', `${path}/${body.id}`, { token })).status).toBe(200)
  }
  // The limit also holds with a key. A replay creates no item.
  const [first] = await db.select({ id: posts.id }).from(posts).where(eq(posts.author_id, id)).limit(1)
  await call('DELETE', `/posts/${first?.id}`, { token })
  const headers = { 'Idempotency-Key': crypto.randomUUID() }
  expect((await write(token, asNew, headers)).status).toBe(201)
  expect((await write(token, asNew, headers)).status).toBe(201)
  expect((await write(token, asNew, { 'Idempotency-Key': crypto.randomUUID() })).status).toBe(429)
})

test('an account that is a day old has no limit, and neither has a limit of 0', async () => {
  const { id, token } = await account()
  const oneOnly = { ...env, NEW_ACCOUNT_POSTS_PER_DAY: '1' }
  expect((await write(token, oneOnly)).status).toBe(201)
  expect((await write(token, oneOnly)).status).toBe(429)
  expect((await write(token, { ...env, NEW_ACCOUNT_POSTS_PER_DAY: '0' })).status).toBe(201)
  await db
    .update(users)
    .set({ created_at: new Date(Date.now() - 24 * 3600 * 1000) })
    .where(eq(users.id, id))
  expect((await write(token, oneOnly)).status).toBe(201)
})

test('about 60 of 300 concurrent posts are accepted, and none of these is lost', async () => {
  const { id, token } = await account()
  const limited = { ...env, CREATE_LIMITER: bindings.CREATE_LIMITER }
  const responses = await Promise.all(Array.from({ length: 300 }, () => write(token, limited)))
  const accepted = responses.filter(({ status }) => status === 201)
  const refused = responses.filter(({ status }) => status === 429)
  expect(accepted.length + refused.length).toBe(300)
  // The binding counts in minutes of the clock, and a new minute can begin during the test.
  expect(accepted.length).toBeGreaterThanOrEqual(60)
  expect(accepted.length).toBeLessThanOrEqual(120)
  expect(refused[0]?.body.code).toBe('too-many-new-items')
  expect(refused[0]?.headers.get('Retry-After')).toBe('60')
  expect(await db.$count(posts, eq(posts.author_id, id))).toBe(accepted.length)
})

test('changes have a separate limit for each account', async () => {
  const counted: string[] = []
  const WRITE_LIMITER = {
    limit: async ({ key }: { key: string }) => ({ success: counted.push(key) <= 2 }),
  }
  const { id, token } = await account()
  const { body } = await write(token, env)
  const change = () =>
    call('PATCH', `/posts/${body.id}`, { token, json: { title: 'Changed' }, env: { ...env, WRITE_LIMITER } })
  expect([(await change()).status, (await change()).status]).toEqual([200, 200])
  expect(await change()).toMatchObject({ status: 429, body: { code: 'too-many-writes' } })
  expect(new Set(counted)).toEqual(new Set([`user ${id}`]))
})
