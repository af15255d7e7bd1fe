import { env as bindings } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { connect } from '../../src/store/database.ts'
import { users as table } from '../../src/store/schema.ts'
import { ageReauthentication, auditOf, idsOf, operator } from '../support/operators.ts'
import { rowsRead } from '../support/round-trips.ts'
import { account, call, env, PASSWORD } from '../support/service.ts'

const db = connect(env)

let admin: Awaited<ReturnType<typeof operator>>
beforeAll(async () => {
  admin = await operator()
})
const get = (path: string) => call('GET', path, { token: admin.token })
const search = (q: string, rest = '') => idsOf(`/operator/users?q=${encodeURIComponent(q)}${rest}`, admin.token)

test('finds a user by any part of the name or the address, in any case and normalization form', async () => {
  const tag = crypto.randomUUID().slice(0, 8)
  const person = { username: `홍길동-${tag}`, email: `Strasse.${tag}@EXAMPLE.com`, password: PASSWORD }
  const { body } = await call('POST', '/users/register', { json: person })
  const { id } = body.user
  for (const q of [
    tag,
    tag.slice(3),
    `길동-${tag}`,
    `홍길동-${tag}`.normalize('NFD'),
    `strasse.${tag}@ex`,
    `STRASSE.${tag}`,
  ]) {
    expect([q, await search(q)]).toEqual([q, [id]])
  }
  for (const q of ['동', '길동', '@', 'example.com']) expect([q, (await search(q)).includes(id)]).toEqual([q, true])
  for (const q of [`${tag}x`, `동길-${tag}`, '"', '*', 'OR', `${tag}" OR "`])
    expect([q, await search(q)]).toEqual([q, []])

  const renamed = `임꺽정-${tag}`
  await call('PATCH', '/users/me', { token: body.access_token, json: { username: renamed } })
  expect(await search(`홍길동-${tag}`)).toEqual([])
  expect(await search('꺽정', `&status=active`)).toEqual([id])
  await call('POST', '/users/me/delete', { token: body.access_token, json: { current_password: PASSWORD } })
  expect(await search(tag)).toEqual([])
})

test('a search within a status follows each change of the status', async () => {
  const user = await account()
  const found = async () => {
    const statuses = ['all', 'active', 'suspended', 'operator']
    const ids = await Promise.all(statuses.map((status) => search(user.username, `&status=${status}`)))
    return statuses.filter((_, index) => ids[index]?.includes(user.id))
  }
  const suspension = `/operator/users/${user.id}/suspension`
  expect(await found()).toEqual(['all', 'active'])
  await call('PUT', suspension, { token: admin.token, json: { reason: 'Advertising.' } })
  expect(await found()).toEqual(['all', 'suspended'])
  await call('DELETE', suspension, { token: admin.token })
  expect(await found()).toEqual(['all', 'active'])
  await db.update(table).set({ role: 'operator' }).where(eq(table.id, user.id))
  expect(await found()).toEqual(['all', 'active', 'operator'])
  await db.update(table).set({ role: 'member' }).where(eq(table.id, user.id))
  expect(await found()).toEqual(['all', 'active'])
  // The names of the states are not words of a name.
  const names = `${user.username} ${user.email}`.toLowerCase()
  for (const state of ['active', 'suspended', 'operator', 'a', 'ac'])
    expect([state, (await search(state)).includes(user.id)]).toEqual([state, names.includes(state)])
})

// libSQL gets the same statements. The test can see those of D1.
test.runIf(bindings.STORE === 'd1')(
  'a list of active users does not read the suspended users before them',
  async () => {
    const [tag, other] = ['many', 'none'].map((name) => `${name}-${crypto.randomUUID().slice(0, 8)}`)
    const row = (username: string, suspended_at: Date | null) => ({
      username,
      username_normalized: username,
      password_hash: '',
      suspended_at,
      created_at: new Date(),
      updated_at: new Date(),
    })
    await db.insert(table).values([row(`${other}-0`, null), row(`${tag}-0`, null)])
    const read = (query: string) => rowsRead(() => get(`/operator/users?status=active&limit=1${query}`))
    const before = [await read(`&q=${tag}`), await read('')]
    for (let n = 1; n <= 20; n++) await db.insert(table).values(row(`${tag}-${n}`, new Date()))
    expect([await read(`&q=${tag}`), await read('')]).toEqual(before)
    expect(await read(`&q=${other}`)).toBe(before[0])
  },
)

test('a user has counts and states, and no secrets', async () => {
  const user = await account()
  await call('POST', '/posts', { token: user.token, json: { title: 'x', body: 'x', draft: true } })
  await call('POST', '/users/login', { json: { email: user.email, password: PASSWORD } })
  const { body, text, headers } = await get(`/operator/users/${user.id}`)
  expect(body).toEqual({
    id: user.id,
    username: user.username,
    email: user.email,
    email_verified: false,
    role: 'member',
    created_at: expect.any(String),
    last_login_at: expect.any(String),
    suspended_at: null,
    suspension_reason: null,
    sessions: 2,
    items: { posts: 1, recipes: 0 },
  })
  expect(Date.parse(body.last_login_at)).toBeGreaterThan(Date.parse(body.created_at))
  expect(text).not.toMatch(/pbkdf2|password/)
  const again = await call('GET', `/operator/users/${user.id}`, {
    token: admin.token,
    headers: { 'If-None-Match': headers.get('ETag') ?? '' },
  })
  expect(again.status).toBe(304)
})

test('lists are newest first, paginated, and filter by status', async () => {
  const users = [await account(), await account(), await account()]
  const [first, second, third] = users.map(({ id }) => id)
  await call('PUT', `/operator/users/${second}/suspension`, { token: admin.token, json: { reason: 'Spam.' } })
  expect((await idsOf('/operator/users?limit=2', admin.token)).slice(0, 3)).toEqual([third, second, first])
  expect(await idsOf('/operator/users?status=suspended&limit=1', admin.token)).toContain(second)
  expect(await idsOf('/operator/users?status=active', admin.token)).not.toContain(second)
  expect(await idsOf('/operator/users?status=operator', admin.token)).toEqual([admin.id])
})

test('signing a user out everywhere invalidates every token at once', async () => {
  const user = await account()
  const { body } = await call('POST', '/users/login', { json: { email: user.email, password: PASSWORD } })
  expect((await call('DELETE', `/operator/users/${user.id}/sessions`, { token: admin.token })).status).toBe(204)
  for (const token of [user.token, body.access_token])
    expect((await call('GET', '/users/me', { token })).status).toBe(401)
  expect((await call('POST', '/users/login', { json: { email: user.email, password: PASSWORD } })).status).toBe(200)
})

test('deleting a user deletes the account and its content, and the audit log keeps the operator and the reason', async () => {
  const user = await account()
  const post = await call('POST', '/posts', {
    token: user.token,
    json: { title: 'x', body: 'x', visibility: 'public' },
  })
  const json = { reason: 'Sold counterfeit goods.' }
  const remove = () => call('DELETE', `/operator/users/${user.id}`, { token: admin.token, json })
  await ageReauthentication(admin.id, 3_600_000)
  expect(await remove()).toMatchObject({ status: 403, body: { code: 'reauthentication-required' } })
  await ageReauthentication(admin.id, 0)
  expect((await remove()).status).toBe(204)
  expect((await call('GET', `/posts/${post.body.id}`)).status).toBe(404)
  expect((await call('GET', `/users/${user.username}`)).status).toBe(404)
  expect((await remove()).status).toBe(404)
  expect((await auditOf(`user:${user.id}`)).map(({ action, reason }) => [action, reason])).toEqual([
    ['user-deleted', json.reason],
  ])
})
