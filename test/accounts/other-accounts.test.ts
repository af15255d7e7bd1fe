/** A request of one user changes no row of another user. A refused request changes no row at all. */
import { eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { connect } from '../../src/store/database.ts'
import { users } from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { accountWithMail, callWithMail, resetTokenOf, tokenTo } from '../support/mailbox.ts'
import { ageReauthentication, operator } from '../support/operators.ts'
import { allRows, rowsOf } from '../support/rows.ts'
import { env, PASSWORD } from '../support/service.ts'
import { claimsOf } from '../support/tokens.ts'

type User = Awaited<ReturnType<typeof newUser>>
type Request = (user: User, other: User) => ReturnType<typeof callWithMail>

const POST = { title: 'A title', body: 'A text', visibility: 'public' }
const current_password = PASSWORD
const new_password = 'another passphrase'
const unique = () => crypto.randomUUID().slice(0, 8)

/** A user with rows in every table: items, sessions, keys, reports, mails, failed attempts, an old name. */
async function newUser() {
  const created = await accountWithMail()
  const { token, username, email, auth } = created
  const send = (method: string, path: string, json?: unknown, headers = {}) =>
    callWithMail(method, path, { token, headers, ...(json !== undefined && { json }) })
  const { body: post } = await send('POST', '/posts', POST, { 'Idempotency-Key': crypto.randomUUID() })
  const { body: draft } = await send('POST', '/posts', { ...POST, draft: true })
  await send('POST', '/recipes', { title: 'A recipe', directions: ['Wait.'] })
  await send('POST', `/posts/${post.id}/reports`, { reason: 'spam' })
  await send('PUT', '/users/me/password', { current_password: 'not it', new_password })
  for (const password of ['not it', PASSWORD, 'not it']) {
    const headers = { 'CF-Connecting-IP': '192.0.2.1' }
    await callWithMail('POST', '/users/login', { json: { username, password }, headers })
  }
  const { body: second } = await callWithMail('POST', '/users/login', { json: { email, password: PASSWORD } })
  const renamed = `renamed-${username}`
  await send('PATCH', '/users/me', { username: renamed })
  return { ...created, username: renamed, post, draft, send, second, refreshToken: auth.refresh_token as string }
}

let other: User
let operatorToken: string
let unprovedToken: string
let rows: string[]

beforeAll(async () => {
  other = await newUser()
  operatorToken = (await operator()).token
  // The cron deletes the rest of a large account.
  const { id: deleted } = await accountWithMail()
  await connect(env).update(users).set({ deleted_at: new Date() }).where(eq(users.id, deleted))
  const unproved = await operator()
  await ageReauthentication(unproved.id, 16 * 60_000)
  unprovedToken = unproved.token
  rows = await allRows(COUNTERS)
})

/** The number of mails of a day belongs to no user. */
const COUNTERS = ['mail_days']

test('the other user of these tests has rows in every table with users', () => {
  const tables = new Set(rows.map((row) => row.slice(0, row.indexOf(' '))))
  expect([...tables].toSorted()).toEqual([
    'idempotency_keys',
    'login_attempts',
    'outbox',
    'posts',
    'recipes',
    'reports',
    'reserved_usernames',
    'sessions',
    'sign_in_networks',
    'users',
  ])
})

const OPERATOR_ACTIONS: Record<string, [method: string, path: (user: User) => string, json?: object]> = {
  'suspend a user': ['PUT', ({ id }) => `/operator/users/${id}/suspension`, { reason: 'spam' }],
  'sign a user out': ['DELETE', ({ id }) => `/operator/users/${id}/sessions`],
  'reset the password of a user': ['POST', ({ id }) => `/operator/users/${id}/password-reset`],
  'hide an item': ['PUT', ({ post }) => `/operator/posts/${post.id}/hidden`, { reason: 'spam' }],
  'delete a user': ['DELETE', ({ id }) => `/operator/users/${id}`, { reason: 'spam' }],
}

/** The operator actions with the token of a user. */
const actionsOf = (token: () => string) =>
  Object.entries(OPERATOR_ACTIONS).map(([name, [method, path, json]]): [string, Request] => [
    name,
    (user) => callWithMail(method, path(user), { token: token(), ...(json && { json }) }),
  ])

const ACCEPTED: Record<string, Request> = {
  rename: ({ send }) => send('PATCH', '/users/me', { username: `again-${unique()}` }),
  'change the password': ({ send }) => send('PUT', '/users/me/password', { current_password, new_password }),
  'reset the password': async ({ email }) =>
    callWithMail('PUT', '/users/password-reset', { json: { token: await resetTokenOf(email), new_password } }),
  'request an address': ({ send, email }) => send('PATCH', '/users/me', { email: `new-${email}`, current_password }),
  'change the address': async ({ send, email }) => {
    const address = `new-${email}`
    await send('PATCH', '/users/me', { email: address, current_password, username: `again-${unique()}` })
    return callWithMail('PUT', '/users/email-change', { json: { token: tokenTo(address, '/email-change') } })
  },
  'verify the address': ({ email }) =>
    callWithMail('PUT', '/users/email-verification', { json: { token: tokenTo(email, '/verify') } }),
  'request a verification': ({ send }) => send('POST', '/users/me/email-verification', {}),
  'sign in': ({ username }) => callWithMail('POST', '/users/login', { json: { username, password: PASSWORD } }),
  refresh: ({ refreshToken }) => callWithMail('POST', '/users/refresh', { json: { refresh_token: refreshToken } }),
  'sign out': ({ send }) => send('POST', '/users/logout'),
  'end the other sessions': ({ send }) => send('DELETE', '/users/me/sessions'),
  reauthenticate: ({ send }) => send('POST', '/users/me/reauthenticate', { current_password }),
  'edit an item': ({ send, post }) => send('PATCH', `/posts/${post.id}`, { title: 'New' }),
  'publish an item': ({ send, draft }) => send('PUT', `/posts/${draft.id}/publish`),
  'unpublish an item': ({ send, post }) => send('DELETE', `/posts/${post.id}/publish`),
  'delete an item': ({ send, post }) => send('DELETE', `/posts/${post.id}`),
  'delete the account': ({ send }) => send('POST', '/users/me/delete', { current_password }),
}

test.each([...Object.entries(ACCEPTED), ...actionsOf(() => operatorToken)])(
  '%s: changes no row of another user',
  async (_, request) => {
    const user = await newUser()
    expect(Math.floor((await request(user, other)).status / 100)).toBe(2)
    const after = await allRows(COUNTERS)
    expect(rows.filter((row) => !after.includes(row))).toEqual([])
    expect(rowsOf(after, other.id)).toEqual(rowsOf(rows, other.id))
  },
)

/** A request with a wrong password counts a failed attempt. */
const ATTEMPTS = [...COUNTERS, 'login_attempts']

const REFUSED: Record<string, [status: number, request: Request]> = {
  'a taken name': [409, ({ send }, { username }) => send('PATCH', '/users/me', { username })],
  'a taken name with an address': [
    409,
    ({ send, email }, { username }) =>
      send('PATCH', '/users/me', { username, email: `new-${email}`, current_password }),
  ],
  'a wrong password for a new one': [
    403,
    ({ send }) => send('PUT', '/users/me/password', { current_password: 'not it', new_password }),
  ],
  'a wrong password for an address': [
    403,
    ({ send, email }) =>
      send('PATCH', '/users/me', { username: 'nobody', email: `new-${email}`, current_password: 'not it' }),
  ],
  'a wrong password for a deletion': [
    403,
    ({ send }) => send('POST', '/users/me/delete', { current_password: 'not it' }),
  ],
  'a wrong password at sign-in': [
    401,
    ({ username }) => callWithMail('POST', '/users/login', { json: { username, password: 'not it' } }),
  ],
  'a forged reset token': [
    401,
    ({ id }) =>
      callWithMail('PUT', '/users/password-reset', {
        json: { token: `reset.${id}.0.9999999999.${'A'.repeat(43)}`, new_password },
      }),
  ],
  'a verification token as a change of the address': [
    401,
    ({ email }) => callWithMail('PUT', '/users/email-change', { json: { token: tokenTo(email, '/verify') } }),
  ],
  'the session of another user': [
    404,
    ({ send }, { second }) => send('DELETE', `/users/me/sessions/${String(claimsOf(second.access_token)['sid'])}`),
  ],
  'a change of an item of another user': [
    403,
    ({ send }, { post }) => send('PATCH', `/posts/${post.id}`, { title: 'Mine' }),
  ],
  'a deletion of a draft of another user': [404, ({ send }, { draft }) => send('DELETE', `/posts/${draft.id}`)],
}

test.each(actionsOf(() => other.token))('%s, as a user who is not an operator, changes no row', async (_, request) => {
  const user = await newUser()
  const before = await allRows()
  expect((await request(user, other)).status).toBe(404)
  expect(await allRows()).toEqual(before)
})

test.each(actionsOf(() => unprovedToken))('%s, without a proof of the password, changes no row', async (_, request) => {
  const user = await newUser()
  const before = await allRows()
  expect(await request(user, other)).toMatchObject({ status: 403, body: { code: 'reauthentication-required' } })
  expect(await allRows()).toEqual(before)
})

test.each(['suspend a user', 'delete a user'])('%s, as the operator itself, changes no row', async (name) => {
  const [method, path, json] = OPERATOR_ACTIONS[name] ?? []
  const { id, token } = await operator()
  const before = await allRows()
  expect((await callWithMail(method ?? '', path?.({ ...other, id }) ?? '', { token, json })).status).toBe(403)
  expect(await allRows()).toEqual(before)
})

test.each(Object.entries(REFUSED))('%s is refused and changes no row', async (_, [status, request]) => {
  const user = await newUser()
  const before = await allRows(ATTEMPTS)
  expect((await request(user, other)).status).toBe(status)
  expect(await allRows(ATTEMPTS)).toEqual(before)
})

test('a used reset token changes no row', async () => {
  const { email } = await newUser()
  const token = await resetTokenOf(email)
  const reset = () => callWithMail('PUT', '/users/password-reset', { json: { token, new_password } })
  expect((await reset()).status).toBe(204)
  const before = await allRows(ATTEMPTS)
  expect((await reset()).status).toBe(401)
  expect(await allRows(ATTEMPTS)).toEqual(before)
})
