/** The old board's API: everything that was recorded of it, with every difference and its reason; and what it shares. */
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
    names: ['register: same id', 'register: same id in other case', 'register: same id with a space behind it'],
    body: { error: 'This username is already taken.', type: 'IntegrityError' },
  },
  {
    reason: 'Names are compared by case, width and surrounding spaces, not by accents.',
    names: ['register: same id with an accent'],
    status: 200,
    body: { created: '<time>', id: '<id:accent>', user_email: 'other@example.com', user_id: 'mínsu01' },
  },
  { reason: 'The same.', names: ['login: id with an accent'], status: 401, body: isMessage },
  {
    reason: 'An address belongs to one account.',
    names: ['register: same e-mail'],
    status: 409,
    body: { error: 'This e-mail address is already taken.', type: 'IntegrityError' },
  },
  {
    reason: "Postern's rules for addresses and passwords; null, lists, objects, booleans and fractions are not text.",
    names: [
      'register: e-mail that is none',
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
    reason: 'The same; and a body may be longer.',
    names: ['write: emoji', 'write: body of 1,025 characters'],
    status: 200,
    body: isAnything,
  },
  {
    reason: 'What follows the colon is the text of the JSON parser.',
    names: [
      'register: malformed JSON',
      'register: no body, JSON announced',
      'login: malformed JSON',
      'write: malformed JSON',
    ],
    body: { message: 'Failed to decode JSON object: Expecting a JSON value' },
  },
  {
    reason: 'Any body of a path that is not there.',
    names: [
      'register: slash behind it',
      'write: slash behind it',
      'read: negative id',
      'read: id that is no number',
      'read: id that is no number, without a token',
      'read: slash behind it',
      'unknown path',
      'unknown path that is near one',
    ],
    status: 404,
    body: isAnything,
  },
  {
    reason: 'The old service crashed; a wrong password and an unknown name are told alike.',
    names: [
      'login: wrong password',
      'login: password in other case',
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
    reason: 'All of a password counts.',
    names: ['login: first 72 bytes of a long password'],
    status: 401,
    body: isMessage,
  },
  {
    reason: 'The old service crashed; without a good token the response is an empty 401.',
    names: [
      'write: without a token',
      'write: without a token, without a field',
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
    names: ['write: Bearer before the token', 'read: Bearer before the token'],
    status: 200,
    body: isAnything,
  },
  {
    reason: 'The author is the owner of the token.',
    names: ['write: unknown author_id', "write: another's author_id"],
    status: 403,
    body: isMessage,
  },
  { reason: 'It was not written above.', names: ["read: in another's name", 'read: of nobody'], status: 404, body: {} },
  {
    reason: 'What was refused above is not listed, and what was accepted is.',
    names: ['list: all that was written'],
    body: (list: { title: string; body: string }[]) =>
      list.length === 13 &&
      list.every(({ body }) => body === '') &&
      list[0]?.title === '첫 번째 글' &&
      list.at(-1)?.title === '라면 🍜',
  },
  { reason: 'The document is that of the whole service.', names: ['document'], status: 308, body: isAnything },
]

/** Never the hash, never an address in `author`; members' posts have an empty body in a list. */
function adapt(value: unknown, { request }: Exchange, inList = false): unknown {
  if (Array.isArray(value)) return value.map((item) => adapt(item, { request } as Exchange, true))
  if (typeof value !== 'object' || value === null) return value
  const { user_password: _, author, ...rest } = value as Record<string, unknown>
  if (author === undefined) return rest
  if (author === null) return { ...rest, author }
  const { user_email: _email, user_password: _password, ...shown } = author as Record<string, unknown>
  return { ...rest, author: shown, ...(inList && { body: '' }) }
}

test('the recording is replayed with no other differences than those in the table', async () => {
  expect(await replayAll('/compat/board', recording, DEPARTURES, adapt)).toEqual([])
})

const json = { 'Content-Type': 'application/json' }

test('one account on every API: a token of one works on the others, and signing out on one ends it on all', async () => {
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
  ['a change of the password', 'PUT', '/users/me/password', { new_password: 'another passphrase nobody uses' }],
  ['the deletion of the account', 'POST', '/users/me/delete', {}],
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

test('its tokens live for 12 hours, those of the native API for 15 minutes', async () => {
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
