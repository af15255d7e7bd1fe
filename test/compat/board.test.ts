/** The old board API: a replayed recording with every difference and its reason, and shared accounts. */
import { expect, test } from 'vitest'
import { account, call, PASSWORD } from '../support/service.ts'
import recording from './board.jsonl?raw'
import { replayAll, send, type Departure, type Exchange } from './replay.ts'

const isValidation = (body: Record<string, unknown>) =>
  body['message'] === 'Input payload validation failed' && Object.keys(Object(body['errors'])).length > 0
const isMessage = (body: Record<string, unknown>) =>
  typeof body['message'] === 'string' && Object.keys(body).length === 1
const isAnything = () => true

const DEPARTURES: Departure[] = [
  {
    reason: 'The error of a duplicate is not the text of the database.',
    names: ['register: same id', 'register: same id in another case', 'register: same id with a trailing space'],
    body: { error: 'This username is already taken.', type: 'IntegrityError' },
  },
  {
    reason: 'Names are compared by case, width and surrounding spaces, not by accents.',
    names: ['register: same id with an accent'],
    status: 200,
    body: { created: '<time>', id: '<id:accent>', user_email: 'other@example.com', user_id: 'mínsu01' },
  },
  { reason: 'Names are compared with accents.', names: ['login: id with an accent'], status: 401, body: isMessage },
  {
    reason: 'An address belongs to one account.',
    names: ['register: same e-mail'],
    status: 409,
    body: { error: 'This e-mail address is already taken.', type: 'IntegrityError' },
  },
  {
    reason: "Postern's rules for addresses and passwords; null, lists, objects, booleans and fractions are not text.",
    names: [
      'register: invalid e-mail',
      'register: short password',
      'register: common password',
      'register: password that is the id',
      'register: user_id null',
      'register: e-mail is an object',
      'register: id is a list',
      'register: id is a boolean',
      'register: empty strings',
      'register: U+0000 in the id',
      'write: title null',
      'write: author_id null',
      'write: title and body are numbers',
    ],
    status: 400,
    body: isValidation,
  },
  {
    reason: 'The old service crashed.',
    names: [
      'register: user_password null',
      'register: id of 256 characters',
      'register: password with U+0000',
      'register: lone surrogate',
      'register: the JSON true',
      'login: password null',
      'login: id null',
      'write: title of 513 characters',
    ],
    status: 400,
    body: isValidation,
  },
  {
    reason: 'The old database had three-byte UTF-8.',
    names: ['register: emoji in the id'],
    status: 200,
    body: { created: '<time>', id: '<id:emoji>', user_email: 'emoji@example.com', user_id: 'cook🍜01' },
  },
  {
    reason: 'The old database had three-byte UTF-8 and a shorter limit for bodies.',
    names: ['write: emoji', 'write: body of 1,025 characters'],
    status: 200,
    body: isAnything,
  },
  {
    reason: 'Any body is accepted for an unknown path.',
    names: [
      'register: trailing slash',
      'write: trailing slash',
      'read: negative id',
      'read: id that is not a number',
      'read: id that is not a number, without a token',
      'read: trailing slash',
      'unknown path',
      'unknown path similar to a known one',
    ],
    status: 404,
    body: isAnything,
  },
  {
    reason: 'The old service crashed. A wrong password and an unknown name have the same response.',
    names: [
      'login: wrong password',
      'login: password in another case',
      'login: unknown user',
      'login: empty password',
      'login: first 71 bytes of a long password',
      'login: by e-mail',
    ],
    status: 401,
    body: isMessage,
  },
  { reason: 'The account was refused above.', names: ['login: short password'], status: 401, body: isMessage },
  {
    reason: 'The whole password is verified.',
    names: ['login: first 72 bytes of a long password'],
    status: 401,
    body: isMessage,
  },
  {
    reason: 'The old service crashed. Without a valid token the response is an empty 401.',
    names: [
      'write: without a token',
      'write: without a token and a field',
      'write: token without a signature (alg none)',
      'write: right signature, no user_id inside',
      'read: without a token',
      'read: unknown id, without a token',
      'read: HEAD without a token',
    ],
    status: 401,
    body: (body: unknown) => body === '',
  },
  {
    reason: '`Bearer` is accepted.',
    names: ['write: with Bearer', 'read: with Bearer'],
    status: 200,
    body: isAnything,
  },
  {
    reason: 'The author must be the user of the token.',
    names: ['write: unknown author_id', "write: another's author_id"],
    status: 403,
    body: isMessage,
  },
  {
    reason: 'The post was refused above.',
    names: ["read: another author's name", 'read: unknown author'],
    status: 404,
    body: {},
  },
  {
    reason: 'The list has the accepted posts only.',
    names: ['list: all posts'],
    body: (list: { title: string; body: string }[]) =>
      list.length === 13 &&
      list.every(({ body }) => body === '') &&
      list[0]?.title === '첫 번째 글' &&
      list.at(-1)?.title === '라면 🍜',
  },
  { reason: 'The OpenAPI document is that of the whole service.', names: ['document'], status: 308, body: isAnything },
]

/** Adapts a recorded body: no hash, no address in `author`, and an empty body of a post for members in a list. */
function adapt(value: unknown, { request }: Exchange, inList = false): unknown {
  if (Array.isArray(value)) return value.map((item) => adapt(item, { request } as Exchange, true))
  if (typeof value !== 'object' || value === null) return value
  const { user_password: _, author, ...rest } = value as Record<string, unknown>
  if (author === undefined) return rest
  if (author === null) return { ...rest, author }
  const { user_email: _email, user_password: _password, ...shown } = author as Record<string, unknown>
  return { ...rest, author: shown, ...(inList && { body: '' }) }
}

test('the replayed responses differ from the recording only as the table states', async () => {
  expect(await replayAll('/compat/board', recording, DEPARTURES, adapt)).toEqual([])
})

const json = { 'Content-Type': 'application/json' }

test('a token of one API works on the others, and signing out on one API ends the session on all', async () => {
  const someone = await account()
  const credentials = JSON.stringify({ user_id: someone.username, user_password: PASSWORD })
  const { body } = await send('POST', '/compat/board/user/auth', json, credentials)
  const { access_token: token } = body as { access_token: string }
  const post = JSON.stringify({ author_id: someone.username, title: 'From the board', body: 'Hello' })
  const written = await send('POST', '/compat/board/posts', { ...json, Authorization: token }, post)
  const { id } = written.body as { id: number }
  expect((await call('GET', `/posts/${id}`, { token: someone.token })).body).toMatchObject({
    title: 'From the board',
    visibility: 'members',
    author: { username: someone.username },
  })
  expect((await call('GET', '/users/me', { token })).status).toBe(200)
  const mine = await send('GET', '/compat/recipes/recipes/me', { Authorization: `Bearer ${token}` })
  expect(mine.body).toMatchObject({ result: 'success', count: 0 })
  expect((await send('DELETE', '/compat/recipes/users/logout', { Authorization: `Bearer ${token}` })).status).toBe(200)
  expect((await call('GET', '/users/me', { token })).status).toBe(401)
  expect((await send('GET', `/compat/board/post/${id}`, { Authorization: token })).status).toBe(401)
})

test.each([
  ['a password change', 'PUT', '/users/me/password', { new_password: 'another passphrase nobody uses' }],
  ['an account deletion', 'POST', '/users/me/delete', {}],
])('%s ends the tokens of the old APIs at once', async (_, method, path, more) => {
  const someone = await account()
  const credentials = JSON.stringify({ user_id: someone.username, user_password: PASSWORD })
  const { body } = await send('POST', '/compat/board/user/auth', json, credentials)
  const headers = { Authorization: `Bearer ${(body as { access_token: string }).access_token}` }
  expect((await send('GET', '/compat/recipes/recipes/me', headers)).status).toBe(200)
  const changed = await call(method, path, { token: someone.token, json: { current_password: PASSWORD, ...more } })
  expect(changed.status).toBe(204)
  expect((await send('GET', '/compat/recipes/recipes/me', headers)).body).toEqual({ msg: 'Token has been revoked' })
  const draft = JSON.stringify({ author_id: someone.username, title: 'x', body: 'x' })
  expect((await send('POST', '/compat/board/posts', { ...json, ...headers }, draft)).status).toBe(401)
})

test('its tokens are valid for 12 hours, those of the native API for 15 minutes', async () => {
  const someone = await account()
  const credentials = JSON.stringify({ user_id: someone.username, user_password: PASSWORD })
  const { body } = await send('POST', '/compat/board/user/auth', json, credentials)
  const lifetimeOf = (token: string) => {
    const claims = JSON.parse(atob(token.split('.')[1] ?? ''))
    return claims.exp - claims.iat
  }
  expect(lifetimeOf((body as { access_token: string }).access_token)).toBe(43_200)
  expect(lifetimeOf(someone.token)).toBe(900)
})
