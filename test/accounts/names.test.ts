/** Usernames and e-mail addresses: equal spellings, and accepted characters. */
import { expect, test } from 'vitest'
import { account, call, PASSWORD } from '../support/service.ts'

const unique = () => crypto.randomUUID().slice(0, 8)
const register = (names: { username?: string; email?: string }) =>
  call('POST', '/users/register', {
    json: { username: `name-${unique()}`, email: `${unique()}@example.com`, password: PASSWORD, ...names },
  })
const login = (by: { username: string } | { email: string } | object) =>
  call('POST', '/users/login', { json: { ...by, password: PASSWORD } })

test('an international domain and its ASCII form are the same address, and the address is returned as typed', async () => {
  const local = unique()
  const [typed, ascii] = [`${local}@예시.한국`, `${local}@${new URL('http://예시.한국').hostname}`]
  const { status, body } = await register({ email: ascii })
  expect([status, body.user.email]).toEqual([201, ascii])
  expect((await login({ email: typed })).status).toBe(200)
  expect((await register({ email: typed })).body.code).toBe('email-taken')
})

test.each(['نامه\u200cای.com', 'ශ්\u200dරී.com'])('a domain can have the joiners of its script: %s', async (domain) => {
  const local = unique()
  const ascii = `${local}@${new URL(`http://${domain}`).hostname}`
  expect((await register({ email: ascii })).status).toBe(201)
  expect((await login({ email: `${local}@${domain}` })).status).toBe(200)
  expect((await register({ email: `${local}@${domain}` })).body.code).toBe('email-taken')
  expect((await register({ email: `${unique()}@${domain}` })).status).toBe(201)
  // The URL parser refuses a joiner in another place.
  for (const joiner of ['\u200c', '\u200d'])
    expect((await register({ email: `${unique()}@ex${joiner}ample.com` })).status).toBe(422)
})

test('the wide @ of an East Asian keyboard is an @ at sign-in', async () => {
  const email = `${unique()}@예시.한국`
  expect((await register({ email })).status).toBe(201)
  for (const typed of [email.replace('@', '＠'), email.replace('@', '﹫')]) {
    expect((await login({ email: typed })).status).toBe(200)
    expect((await login({ username: typed })).status).toBe(200)
  }
})

test.each([
  ['İrem', 'irem'],
  ['ISTANBUL', 'ıstanbul'],
  ['Straße', 'STRASSE'],
  ['ｆｕｌｌ', 'full'],
])('%s and %s are the same name', async (one, other) => {
  const tail = unique()
  expect((await register({ username: `${one}${tail}` })).status).toBe(201)
  expect((await register({ username: `${other}${tail}` })).body.code).toBe('username-taken')
  expect((await login({ username: `${other}${tail}` })).status).toBe(200)
})

test('surrounding spaces are ignored at sign-in, and the username field accepts an address', async () => {
  const { username, email } = await account()
  expect((await login({ username: `  ${username} ` })).status).toBe(200)
  expect((await login({ email: ` ${email} ` })).status).toBe(200)
  expect((await login({ username: ` ${email.toUpperCase()}` })).status).toBe(200)
  expect((await login({ username, email: null })).status).toBe(200)
})

test('sign-in requires exactly one name', async () => {
  const { username, email } = await account()
  for (const names of [{ username, email }, {}, { username: null, email: null }]) {
    const { status, body } = await login(names)
    expect([status, body.errors]).toEqual([
      422,
      [{ pointer: '#', detail: 'Exactly one of `email` or `username` is required.' }],
    ])
  }
})

test.each([
  ['a Persian name with a zero width non-joiner', 'علی\u200cرضا', 201],
  ['a Sinhala name with a zero width joiner', 'ශ්\u200dරී', 201],
  ['a Malayalam name with a zero width joiner', 'ന്\u200dന', 201],
  ['a Newa name with a zero width joiner', '𑐎𑑂\u200d𑐎', 201],
  ['a Syriac name with a zero width non-joiner', 'ܒ\u200cܒ', 201],
  ['a name with an Arabic vowel sign before the non-joiner', 'بَ\u200cب', 201],
  ['a joiner between Latin letters', 'ad\u200dmin', 422],
  ['a non-joiner between Latin letters', 'ad\u200cmin', 422],
  ['a joiner at the end of an Arabic name', 'علی\u200d', 422],
  ['a non-joiner after a letter that does not join', 'دار\u200cبی', 422],
  ['a non-joiner after a letter of a newer block that does not join', '\u0759\u200cب', 422],
  ['a non-joiner before a digit', 'علی\u200c۱', 422],
  ['a zero width space', 'ad\u200bmin', 422],
])('%s', async (_, username, expected) => {
  const tail = expected === 201 ? `.${unique()}` : ''
  expect((await register({ username: `${username}${tail}` })).status).toBe(expected)
})

test('names that differ only in joiners are the same', async () => {
  const tail = unique()
  expect((await register({ username: `علی\u200cرضا${tail}` })).status).toBe(201)
  expect((await register({ username: `علیرضا${tail}` })).body.code).toBe('username-taken')
})

test('all Unicode spaces in a password are equal', async () => {
  const name = `space-${unique()}`
  const json = { username: name, email: `${name}@example.com`, password: 'a passphrase\u00a0with\u3000spaces' }
  expect((await call('POST', '/users/register', { json })).status).toBe(201)
  const typed = { username: name, password: 'a passphrase with spaces' }
  expect((await call('POST', '/users/login', { json: typed })).status).toBe(200)
})

test('the old username of an account stays reserved, and the account can take it back', async () => {
  const { username, token } = await account()
  const rename = (name: string, by = token) => call('PATCH', '/users/me', { token: by, json: { username: name } })
  expect((await rename(`renamed-${unique()}`)).status).toBe(200)
  expect((await register({ username })).body.code).toBe('username-taken')
  const other = await account()
  expect((await rename(username, other.token)).body.code).toBe('username-taken')
  expect((await rename(username)).status).toBe(200)
})

test.each([
  ['/users/register', (marks: string) => ({ username: marks, email: `${marks}@example.com`, password: marks })],
  ['/users/login', (marks: string) => ({ username: marks, password: marks })],
])('a long run of combining marks is refused by %s before it is normalized', async (path, body) => {
  const start = performance.now()
  const { status } = await call('POST', path, { json: body(`a${'\u0315\u0300'.repeat(4_000)}`) })
  expect(status).toBe(422)
  expect(performance.now() - start).toBeLessThan(150)
})

test('a profile path with a long run of combining marks is a 404', async () => {
  const path = `/users/${encodeURIComponent(`a${'\u0315\u0300'.repeat(1_000)}`)}`
  expect((await call('GET', path)).status).toBe(404)
})
