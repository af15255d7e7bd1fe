import { and, eq, isNotNull, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { continueRelisting, STEP } from '../../src/operators/relisting.ts'
import { connect } from '../../src/store/database.ts'
import { posts, sessions, users } from '../../src/store/schema.ts'
import { CONTENT_TYPES } from '../support/content-types.ts'
import { ageReauthentication, auditOf, idsOf, operator } from '../support/operators.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { account, call, env, PASSWORD } from '../support/service.ts'

const db = connect(env)
const reason = 'Posted the same advertisement 300 times.'
const suspend = (token: string, id: number) =>
  call('PUT', `/operator/users/${id}/suspension`, { token, json: { reason } })

/** Writes published posts directly into the database, because a client would need thousands of requests. */
const writePosts = ({ id }: { id: number }, count: number) =>
  db.run(sql`with recursive n(n) as (select 1 union all select n + 1 from n where n < ${count})
    insert into posts (author_id, title, body, visibility, published_at, created_at, updated_at, version)
    select ${id}, 'Buy now', 'x', 'public', 1, 1, 1, 1 from n`)
const lift = (token: string, id: number) => call('DELETE', `/operator/users/${id}/suspension`, { token })

test('a suspended user is signed out at once and cannot sign in until the suspension is lifted', async () => {
  const [admin, user] = [await operator(), await account()]
  const { email, username } = user
  expect((await suspend(admin.token, user.id)).status).toBe(204)

  expect(await call('GET', '/users/me', { token: user.token })).toMatchObject({
    status: 401,
    body: { code: 'invalid-token' },
  })
  const refresh = await call('POST', '/users/refresh', { json: { refresh_token: user.auth.refresh_token } })
  expect([refresh.status, refresh.body.code]).toEqual([401, 'invalid-refresh-token'])
  for (const name of [{ email }, { username }]) {
    const right = await call('POST', '/users/login', { json: { ...name, password: PASSWORD } })
    expect([right.status, right.body.code]).toEqual([403, 'account-suspended'])
    const wrong = await call('POST', '/users/login', { json: { ...name, password: 'not it' } })
    expect([wrong.status, wrong.body.code]).toEqual([401, 'invalid-credentials'])
  }

  expect((await lift(admin.token, user.id)).status).toBe(204)
  expect((await call('POST', '/users/login', { json: { email, password: PASSWORD } })).status).toBe(200)
  expect((await call('GET', '/users/me', { token: user.token })).status).toBe(401)
})

test('a repeated registration starts no session of a suspended user', async () => {
  const admin = await operator()
  const username = `twice-${crypto.randomUUID().slice(0, 8)}`
  const register = (password = PASSWORD) =>
    call('POST', '/users/register', {
      json: { username, email: `${username}@example.com`, password },
      headers: { 'Idempotency-Key': username },
    })
  const user = (await register()).body.user
  expect((await suspend(admin.token, user.id)).status).toBe(204)
  const again = await register()
  expect([again.status, again.body.code]).toEqual([403, 'account-suspended'])
  // Only the user learns of the suspension.
  expect((await register('another passphrase')).body.code).toBe('idempotency-key-reused')
  expect(await db.$count(sessions, eq(sessions.user_id, user.id))).toBe(0)
  expect((await lift(admin.token, user.id)).status).toBe(204)
  expect((await register()).status).toBe(201)
})

test.each(Object.values(CONTENT_TYPES))(
  '$path: the published items of a suspended user are withheld and restored',
  async ({ path, example }) => {
    const [admin, user, reader] = [await operator(), await account(), await account()]
    const word = `w${crypto.randomUUID().slice(0, 8)}`
    const create = async (fields: Record<string, unknown>) =>
      (await call('POST', path, { token: user.token, json: { ...example, title: `A ${word}`, ...fields } })).body
        .id as number
    const open = await create({ draft: false, visibility: 'public' })
    const members = await create({ draft: false, visibility: 'members' })
    const draft = await create({ draft: true })
    const lists = [
      path,
      `${path}?author=${user.username}`,
      `${path}?q=${word}`,
      `${path}?q=${word}&author=${user.username}`,
    ]
    const seen = () => Promise.all(lists.flatMap((list) => [idsOf(list), idsOf(list, reader.token)]))
    const before = await seen()
    expect(before.every((ids) => ids.includes(open))).toBe(true)

    await suspend(admin.token, user.id)
    for (const ids of await seen()) expect(ids.filter((id) => [open, members, draft].includes(id))).toEqual([])
    for (const id of [open, members]) {
      for (const headers of [{}, { Accept: 'application/ld+json' }]) {
        expect((await call('GET', `${path}/${id}`, { headers })).status).toBe(404)
        expect((await call('GET', `${path}/${id}`, { token: reader.token, headers })).status).toBe(404)
      }
      // Not 403, which would reveal that the item exists.
      const change = await call('PATCH', `${path}/${id}`, { token: reader.token, json: { title: 'Mine' } })
      expect(change.status).toBe(404)
      expect((await call('GET', `${path}/${id}`, { token: admin.token })).status).toBe(200)
    }

    await lift(admin.token, user.id)
    expect(await seen()).toEqual(before)
    expect((await call('GET', `${path}/${open}`)).headers.get('ETag')).toBe('"1"')
    expect((await call('GET', `${path}/${draft}`, { token: reader.token })).status).toBe(404)
    const { body } = await call('POST', '/users/login', { json: { email: user.email, password: PASSWORD } })
    expect(await call('GET', `${path}/${draft}`, { token: body.access_token })).toMatchObject({
      status: 200,
      body: { published_at: null },
    })
  },
)

test('all items of a suspended author leave the lists at once, and the rows follow in steps, the newest first', async () => {
  const [admin, user] = [await operator(), await account()]
  const count = 2 * STEP + 500
  await writePosts(user, count)
  const withheld = () => db.$count(posts, eq(posts.author_suspended, true))
  const [top] = (await call('GET', `/posts?author=${user.username}`)).body.items

  await suspend(admin.token, user.id)
  expect(await withheld()).toBe(STEP)
  // Lists leave out the items whose step has not come: they read the state of the author.
  expect((await call('GET', `/posts?author=${user.username}`)).body.items).toEqual([])
  expect((await call('GET', `/posts/${top.id - STEP}`)).status).toBe(404)
  expect(await continueRelisting(db)).toBe(2)
  expect(await withheld()).toBe(count)
  expect((await call('GET', `/posts?author=${user.username}`)).body.items).toEqual([])
  expect(await continueRelisting(db)).toBe(0)

  await lift(admin.token, user.id)
  await continueRelisting(db)
  expect(await withheld()).toBe(0)
  expect(await db.$count(posts, and(eq(posts.author_id, user.id), isNotNull(posts.listed_at)))).toBe(count)
})

test('a suspension that is lifted before its steps are finished restores everything', async () => {
  const [admin, user] = [await operator(), await account()]
  await writePosts(user, STEP + 500)
  await suspend(admin.token, user.id)
  await lift(admin.token, user.id)
  await suspend(admin.token, user.id)
  await lift(admin.token, user.id)
  await continueRelisting(db)
  const [state] = await db.select({ relisting: users.relisting }).from(users).where(eq(users.id, user.id))
  expect(state).toEqual({ relisting: false })
  expect(await db.$count(posts, and(eq(posts.author_id, user.id), isNotNull(posts.listed_at)))).toBe(STEP + 500)
})

test('each change is recorded once, with the operator, the reason and the request', async () => {
  const [admin, user] = [await operator(), await account()]
  const { headers } = await suspend(admin.token, user.id)
  await suspend(admin.token, user.id)
  await lift(admin.token, user.id)
  await lift(admin.token, user.id)
  const actor = `user:${admin.id}`
  expect(await auditOf(`user:${user.id}`)).toEqual([
    { actor, action: 'user-suspended', reason, request_id: headers.get('X-Request-Id') },
    { actor, action: 'suspension-lifted', reason: null, request_id: expect.any(String) },
  ])
})

test('suspending requires a recent proof of the password, and lifting does not', async () => {
  const [admin, user] = [await operator(), await account()]
  await suspend(admin.token, user.id)
  await ageReauthentication(admin.id, 15 * 60_000)
  expect(await suspend(admin.token, (await account()).id)).toMatchObject({
    status: 403,
    body: { code: 'reauthentication-required' },
  })
  expect((await lift(admin.token, user.id)).status).toBe(204)
})

test('operators cannot suspend themselves', async () => {
  const admin = await operator()
  expect(await suspend(admin.token, admin.id)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  expect((await call('GET', '/users/me', { token: admin.token })).status).toBe(200)
})

test('an action makes one round trip, and a no-op at most two', async () => {
  const [admin, user] = [await operator(), await account()]
  expect(await countRoundTrips(() => suspend(admin.token, user.id))).toBe(1)
  expect(await countRoundTrips(() => lift(admin.token, user.id))).toBe(1)
  expect(await countRoundTrips(() => lift(admin.token, user.id))).toBeLessThanOrEqual(2)
})
