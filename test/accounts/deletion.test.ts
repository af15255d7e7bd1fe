/** The deletion of an account with more items than one step deletes. */
import { env as bindings } from 'cloudflare:workers'
import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { continueDeletions, STEP } from '../../src/accounts/deletion.ts'
import { searchText } from '../../src/content/search.ts'
import { createScheduled } from '../../src/scheduled.ts'
import { connect } from '../../src/store/database.ts'
import { posts, users } from '../../src/store/schema.ts'
import { account, call, env, PASSWORD } from '../support/service.ts'

const db = connect(env)
const word = 'quokka'

const writePosts = (id: number, count: number) =>
  db.run(sql`with recursive n(n) as (select 1 union all select n + 1 from n where n < ${count})
    insert into posts (author_id, title, body, visibility, published_at, created_at, updated_at, version, search_text)
    select ${id}, ${word}, 'x', 'public', 1 + n, 1, 1, 1, ${searchText(posts, { title: word, body: 'x' })} from n`)

test(
  'a large account is gone for everyone at once, and its rows are deleted in steps',
  { timeout: 120_000 },
  async () => {
    const author = await account()
    const other = await account()
    await writePosts(author.id, 2 * STEP + 10)
    await call('POST', '/posts', {
      token: other.token,
      json: { title: `${word} too`, body: 'x', visibility: 'public' },
    })
    const [some] = await db
      .select({ id: posts.id })
      .from(posts)
      .where(eq(posts.author_id, author.id))
      .limit(1)
      .offset(STEP + 5)
    const place = `/posts/${some?.id}`
    expect((await call('GET', place)).status).toBe(200)
    const count = () => db.$count(posts, eq(posts.author_id, author.id))

    const { status } = await call('POST', '/users/me/delete', {
      token: author.token,
      json: { current_password: PASSWORD },
    })
    expect(status).toBe(204)
    expect(await count()).toBe(STEP + 10)

    expect((await call('GET', '/posts')).body.items.map(({ title }: { title: string }) => title)).toEqual([
      `${word} too`,
    ])
    for (const token of [undefined, other.token]) {
      const as = token === undefined ? {} : { token }
      expect((await call('GET', place, as)).status).toBe(404)
      const report = call('POST', `${place}/reports`, { ...as, json: { reason: 'spam' } })
      expect((await report).status).toBe(token === undefined ? 401 : 404)
      expect((await call('GET', `/posts?q=${word}`, as)).body.items).toHaveLength(1)
      expect((await call('GET', `/posts?author=${author.username}`, as)).body.items).toEqual([])
    }
    expect((await call('GET', `/users/${author.username}`)).status).toBe(404)
    expect((await call('GET', '/users/me', { token: author.token })).status).toBe(401)
    const { username, email } = author
    for (const name of [{ username }, { email }]) {
      expect((await call('POST', '/users/login', { json: { ...name, password: PASSWORD } })).body.code).toBe(
        'invalid-credentials',
      )
    }
    const [row] = await db.select().from(users).where(eq(users.id, author.id))
    expect(row).toMatchObject({ email: null, email_normalized: null, password_hash: '', last_login_at: null })
    expect(JSON.stringify(row)).not.toContain(username)
    // The address is free, and the username stays reserved.
    const registration = { username: `${username}-2`, email, password: PASSWORD }
    expect((await call('POST', '/users/register', { json: registration })).status).toBe(201)

    await createScheduled(connect)(undefined, env)
    expect([await count(), await db.$count(users, eq(users.id, author.id))]).toEqual([0, 0])
    expect(await continueDeletions(db)).toBe(0)
    expect((await call('GET', `/posts?q=${word}`)).body.items).toHaveLength(1)
    if (bindings.STORE === 'd1')
      expect(await bindings.DB.prepare('pragma foreign_key_check').all()).toMatchObject({ results: [] })
  },
)

test('a small account is deleted in the request', async () => {
  const author = await account()
  await writePosts(author.id, 3)
  await call('POST', '/users/me/delete', { token: author.token, json: { current_password: PASSWORD } })
  expect([
    await db.$count(posts, eq(posts.author_id, author.id)),
    await db.$count(users, eq(users.id, author.id)),
  ]).toEqual([0, 0])
})

test('a wrong password deletes nothing', async () => {
  const author = await account()
  await writePosts(author.id, 3)
  await call('POST', '/users/me/delete', { token: author.token, json: { current_password: 'not it' } })
  expect(await db.$count(posts, eq(posts.author_id, author.id))).toBe(3)
  expect((await call('GET', '/users/me', { token: author.token })).status).toBe(200)
})
