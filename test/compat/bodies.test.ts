/** JSON bodies are read as Flask reads them: the media types, the numbers, the order of the checks and the texts of the errors. */
import { expect, test } from 'vitest'
import { PASSWORD } from '../support/service.ts'
import { send } from './replay.ts'

const JSON_TYPE = { 'Content-Type': 'application/json' }
const [BOARD, RECIPES] = ['/compat/board', '/compat/recipes']
let count = 0

const user = () => {
  const name = `reader ${++count}`
  return { user_id: name, user_password: PASSWORD, user_email: `reader${count}@example.com` }
}

const author = user()
await send('POST', `${BOARD}/users`, JSON_TYPE, JSON.stringify(author))
const login = await send('POST', `${BOARD}/user/auth`, JSON_TYPE, JSON.stringify(author))
const signedIn = { ...JSON_TYPE, Authorization: `Bearer ${Object(login.body).access_token}` }

/** A post with a JSON text as its title. */
const withTitle = (title: string, more = '') =>
  send('POST', `${BOARD}/posts`, signedIn, `{"author_id": "${author.user_id}", "title": ${title}, "body": "b"${more}}`)

test.each([
  ['12345678901234567890123', '12345678901234567890123'],
  ['-9007199254740993', '-9007199254740993'],
  ['-0', '0'],
  ['1.0', undefined],
  ['1e3', undefined],
  ['-0.0', undefined],
])('board: the number %s is the title %j', async (sent, title) => {
  const { status, body } = await withTitle(sent)
  expect([status, Object(body).title]).toEqual(title === undefined ? [400, undefined] : [200, title])
})

test('recipes: an integer keeps its digits as a name, and is a number as cook_time', async () => {
  const sent = '{"name": 12345678901234567890, "description": null, "cook_time": 12, "directions": null}'
  const { body } = await send('POST', `${RECIPES}/recipes`, signedIn, sent)
  const read = await send('GET', `${RECIPES}/recipes/${Object(body).recipe_id}`, signedIn)
  expect(Object(read.body).info).toMatchObject({ name: '12345678901234567890', cook_time: 12 })
})

test('board: a field of any type is ignored if it is not one of the fields', async () => {
  expect((await withTitle('"t"', `, "x": ${'['.repeat(31)}${']'.repeat(31)}`)).status).toBe(200)
})

test.each([
  ['{"author_id": null}', 'title'],
  ['{"author_id": {}, "body": []}', 'title'],
  ['{"author_id": 1.5, "title": "t", "body": null}', 'author_id'],
])('board: %s reports %s: missing fields come first', async (sent, field) => {
  const { status, body } = await send('POST', `${BOARD}/posts`, signedIn, sent)
  expect([status, Object.keys(Object(body).errors)]).toEqual([400, [field]])
})

test.each([
  [{}, '비밀번호의 길이를 확인하세요.'],
  [{ username: null }, '비밀번호의 길이를 확인하세요.'],
  [{ username: '' }, '비밀번호의 길이를 확인하세요.'],
  [{ email: 'x' }, 'The email address is not valid. It must have exactly one @-sign.'],
  [{ username: null, password: PASSWORD }, '필수 항목이 없거나 잘못되었습니다: username'],
  [{ username: ' ', password: PASSWORD }, '잘못된 값입니다: username'],
])(
  'recipes: a registration checks the address, the password and the name in this order: %j',
  async (changes, error) => {
    const sent = JSON.stringify({ email: `order${++count}@example.com`, password: '123', ...changes })
    expect(await send('POST', `${RECIPES}/users/register`, JSON_TYPE, sent)).toMatchObject({
      status: 400,
      body: { error },
    })
  },
)

test.each(['application/+json', 'application/a+b+json', 'application/x!y+json', 'application/json, text/plain'])(
  'the media type %s is JSON',
  async (type) => {
    const { user_id: username, user_email: email, user_password: password } = user()
    const headers = { 'Content-Type': type }
    const registered = await send('POST', `${BOARD}/users`, headers, JSON.stringify(user()))
    const other = await send(
      'POST',
      `${RECIPES}/users/register`,
      headers,
      JSON.stringify({ username, email, password }),
    )
    expect([registered.status, other.status]).toEqual([200, 200])
  },
)

// Flask 1.1 in debug mode with the `json` of Python 3.11.
test.each([
  ['', 'Expecting value: line 1 column 1 (char 0)'],
  ['{', 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)'],
  ['{"user_id": "a",\n}', 'Expecting property name enclosed in double quotes: line 2 column 1 (char 17)'],
  ['{"user_id" "a"}', "Expecting ':' delimiter: line 1 column 12 (char 11)"],
  ['{"user_id": 007}', "Expecting ',' delimiter: line 1 column 14 (char 13)"],
  ['{"user_id": tru}', 'Expecting value: line 1 column 13 (char 12)'],
  ['["🍜", "b', 'Unterminated string starting at: line 1 column 7 (char 6)'],
  ['{"user_id": "a\tb"}', 'Invalid control character at: line 1 column 15 (char 14)'],
  ['"\\x"', 'Invalid \\escape: line 1 column 2 (char 1)'],
  ['"\\u12"', 'Invalid \\uXXXX escape: line 1 column 3 (char 2)'],
  ['"\\u1234', 'Invalid \\uXXXX escape: line 1 column 3 (char 2)'],
  ['[[1, 2], {"a": [}', 'Expecting value: line 1 column 17 (char 16)'],
  ['{} x', 'Extra data: line 1 column 4 (char 3)'],
  ['['.repeat(32), 'Expecting value: line 1 column 33 (char 32)'],
])('board: the text of the error for the body %j', async (sent, fault) => {
  const { status, body } = await send('POST', `${BOARD}/users`, JSON_TYPE, sent)
  expect([status, body]).toEqual([400, { message: `Failed to decode JSON object: ${fault}` }])
})
