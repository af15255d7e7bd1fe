/** Variations of the recorded exchanges: missing fields, fields of other types or at their limits, ids, pages and methods. */
import { expect, test } from 'vitest'
import { PASSWORD } from '../support/service.ts'
import { send } from './replay.ts'

const JSON_TYPE = { 'Content-Type': 'application/json' }
const [BOARD, RECIPES] = ['/compat/board', '/compat/recipes']
let count = 0

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  send('POST', path, { ...JSON_TYPE, ...headers }, typeof body === 'string' ? body : JSON.stringify(body))

const user = (changes: object = {}) => {
  const name = `varied ${++count}`
  return { user_id: name, user_password: PASSWORD, user_email: `varied${count}@example.com`, ...changes }
}
const cook = (changes: object = {}) => {
  const { user_id: username, user_email: email, user_password: password } = user()
  return { username, email, password, ...changes }
}
const without = (value: object, name: string) =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key !== name))

/** Copies of the object with each of the values as a member. */
const withEach = (value: object, name: string, values: unknown[]) =>
  values.map((one) => Object.assign({}, value, { [name]: one }))

const author = user()
await post(`${BOARD}/users`, author)
const token = String(Object((await post(`${BOARD}/user/auth`, author)).body).access_token)
const signedIn = { Authorization: `Bearer ${token}` }
const draft = { author_id: author.user_id, title: 'A title', body: 'A body' }
const recipe = { name: '죽', description: '맛있는 요리', cook_time: 30, directions: '썬다.\n끓인다.' }

const HELP: Record<string, string> = {
  user_id: "User's ID",
  user_password: "User's PW",
  user_email: "User's Email",
  author_id: "Post's author ID",
  title: "Post's title",
  body: "Post's body",
}

/** Values that are neither a string nor an integer. */
const NOT_TEXT = [null, true, false, 1.5, [], ['a'], {}, { a: 1 }]

const BODIES: [path: string, body: () => Record<string, unknown>][] = [
  ['/users', user],
  ['/user/auth', () => without(author, 'user_email')],
  ['/posts', () => draft],
]

test.each(BODIES)('board, %s: reports the first field that is missing or not a string', async (path, body) => {
  const names = Object.keys(body())
  for (const [at, name] of names.entries()) {
    const missing = await post(BOARD + path, without(body(), name), signedIn)
    expect([missing.status, missing.body]).toEqual([
      400,
      {
        errors: { [name]: `${HELP[name]} Missing required parameter in the JSON body` },
        message: 'Input payload validation failed',
      },
    ])
    for (const value of NOT_TEXT) {
      const others = Object.fromEntries(names.slice(at).map((other) => [other, value]))
      const illTyped = await post(BOARD + path, { ...body(), ...others }, signedIn)
      expect([value, illTyped.status, Object.keys(Object(illTyped.body).errors)]).toEqual([value, 400, [name]])
    }
  }
})

test.each([
  ['a byte order mark before the JSON', '\ufeff', 200],
  ['white space around the JSON', ' \n\t', 200],
  ['text before the JSON', 'x', 400],
])('board: %s', async (_, before, status) => {
  expect((await post(`${BOARD}/users`, before + JSON.stringify(user()))).status).toBe(status)
})

test.each([
  ['user_id', ' spaces around ', 'spaces around'],
  ['user_id', 7_654_321, '7654321'],
  ['user_id', -12, '-12'],
  ['user_email', 'Capitals@Example.COM', 'Capitals@Example.COM'],
])('board: an account with %s %j has %j', async (name, sent, expected) => {
  const { status, body } = await post(`${BOARD}/users`, user({ [name]: sent }))
  expect([status, Object(body)[name]]).toEqual([200, expected])
})

test('board: an integer as a password is converted to its digits', async () => {
  const someone = user({ user_password: 8_675_309_123 })
  expect((await post(`${BOARD}/users`, someone)).status).toBe(200)
  for (const user_password of [8_675_309_123, '8675309123']) {
    expect((await post(`${BOARD}/user/auth`, { user_id: someone.user_id, user_password })).status).toBe(200)
  }
})

test.each([
  ['title', 'x'.repeat(512), 200],
  ['title', '🍜'.repeat(512), 200],
  ['title', 'x'.repeat(513), 400],
  ['title', '', 200],
  ['title', 'a\u0000b', 400],
  ['title', '\ud800', 400],
  ['body', 'x'.repeat(100_000), 200],
  ['body', 'x'.repeat(100_001), 400],
  ['body', '', 200],
  ['author_id', author.user_id.toUpperCase(), 200],
  ['author_id', ` ${author.user_id} `, 200],
  [
    'author_id',
    author.user_id.replaceAll(/[a-z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0)),
    200,
  ],
  ['author_id', '', 403],
  ['author_id', 'nobody else', 403],
])('board: a post with the %s %j', async (name, value, status) => {
  const { status: actual, body } = await post(`${BOARD}/posts`, { ...draft, [name]: value }, signedIn)
  expect([actual, Object(body)[name]]).toEqual([status, status === 200 ? value : undefined])
})

const [{ body: written }, { body: created }] = [
  await post(`${BOARD}/posts`, draft, signedIn),
  await post(`${RECIPES}/recipes`, recipe, signedIn),
]
const [postId, recipeId] = [Object(written).id, Object(created).recipe_id]

test.each([
  [`0000${postId}`, 200],
  [encodeURIComponent(String(postId)).replaceAll(/./g, (digit) => `%3${digit}`), 200],
  ['0', 404],
  ['9007199254740993', 404],
  ['9'.repeat(400), 404],
  ['+1', 404],
  ['1.0', 404],
  ['1e0', 404],
  ['0x1', 404],
  ['%20', 404],
  [`${postId}%20`, 404],
  ['%00', 404],
  ['%ff', 404],
  ["1'--", 404],
])('board: the id %s', async (id, status) => {
  expect((await send('GET', `${BOARD}/post/${id}`, signedIn)).status).toBe(status)
})

test.each([
  [`0000${recipeId}`, 200],
  ['0', 400],
  ['9007199254740993', 400],
  ['9'.repeat(400), 400],
  ['+1', 404],
  ['1.0', 404],
  ['0x1', 404],
  [`${recipeId}%20`, 404],
  ['%00', 404],
  ['%ff', 404],
])('recipes: the id %s, on every route', async (id, status) => {
  const path = `${RECIPES}/recipes/${id}`
  const body = JSON.stringify(recipe)
  expect((await send('GET', path, signedIn)).status).toBe(status)
  for (const [method, at] of [
    ['PUT', path],
    ['PUT', `${path}/publish`],
    ['DELETE', `${path}/publish`],
  ] as const) {
    expect((await send(method, at, { ...JSON_TYPE, ...signedIn }, body)).status).toBe(status)
  }
  if (status !== 200) expect((await send('DELETE', path, signedIn)).status).toBe(status)
})

test.each(Object.keys(recipe))('recipes: %s is required, and is not an object, a list or a boolean', async (name) => {
  for (const method of ['POST', 'PUT']) {
    const path = method === 'POST' ? `${RECIPES}/recipes` : `${RECIPES}/recipes/${recipeId}`
    const bodies = [without(recipe, name), ...withEach(recipe, name, [true, [], {}])]
    for (const body of bodies) {
      const response = await send(method, path, { ...JSON_TYPE, ...signedIn }, JSON.stringify(body))
      expect([method, body, response.status, response.body]).toEqual([method, body, 400, { error: expect.any(String) }])
    }
  }
})

test.each([
  ['name', null, undefined],
  ['name', '', ''],
  ['name', 42, '42'],
  ['name', 'x'.repeat(512), 'x'.repeat(512)],
  ['name', 'x'.repeat(513), undefined],
  ['name', 'a\u0000', undefined],
  ['name', '\udc00', undefined],
  ['description', null, null],
  ['description', '', ''],
  ['description', 42, '42'],
  ['directions', null, null],
  ['directions', '', ''],
  ['directions', '\n', '\n'],
  ['directions', '가'.repeat(1_001), '가'.repeat(1_001)],
  ['directions', 'x\n'.repeat(300), 'x\n'.repeat(300)],
  ['cook_time', null, null],
  ['cook_time', 0, 0],
  ['cook_time', -1, -1],
  ['cook_time', ' 45 ', 45],
  ['cook_time', '12.6', 13],
  ['cook_time', '1e2', 100],
  ['cook_time', '.5', 1],
  ['cook_time', '-2.5', -3],
  ['cook_time', '7.', 7],
  ['cook_time', '1e', undefined],
  ['cook_time', '.', undefined],
  ['cook_time', 2_147_483_647, 2_147_483_647],
  ['cook_time', 2_147_483_648, undefined],
  ['cook_time', '', undefined],
  ['cook_time', '30분', undefined],
  ['num_of_servings', '4', 4],
  ['num_of_servings', 'four', undefined],
  ['num_of_servings', null, null],
])('recipes: %s %j is returned as %j', async (name, sent, expected) => {
  const { status, body } = await post(`${RECIPES}/recipes`, { ...recipe, [name]: sent }, signedIn)
  expect(status).toBe(expected === undefined ? 400 : 200)
  if (expected === undefined) return
  const read = await send('GET', `${RECIPES}/recipes/${Object(body).recipe_id}`, signedIn)
  expect(Object(read.body).info[name]).toBe(expected)
})

test.each(['username', 'email', 'password'])('recipes: a registration with a missing or ill-typed %s', async (name) => {
  const values = name === 'username' ? [null, true, 1.5, [], {}] : [null, true, 1, 1.5, [], {}]
  for (const body of [without(cook(), name), ...values.map((value) => cook({ [name]: value }))]) {
    const { status, body: error } = await post(`${RECIPES}/users/register`, body)
    expect([body, status, error]).toEqual([body, 400, { error: expect.any(String) }])
  }
})

test.each(['email', 'password'])('recipes: a login with a missing or ill-typed %s', async (name) => {
  const credentials = { email: author.user_email, password: PASSWORD }
  const bodies = [without(credentials, name), ...withEach(credentials, name, [null, true, 1, [], {}])]
  for (const body of bodies) {
    const { status, body: error } = await post(`${RECIPES}/users/login`, body)
    expect([body, status, error]).toEqual([body, 400, { error: expect.any(String) }])
  }
})

test.each([
  ['', 200],
  ['offset=0', 200],
  ['limit=0', 200],
  ['limit=101', 200],
  [`limit=${'9'.repeat(30)}`, 200],
  [`offset=${'9'.repeat(30)}`, 200],
  ['offset=00&limit=001', 200],
  ['offset=0&offset=x', 200],
  ['offset=', 400],
  ['limit=-1', 400],
  ['limit=+1', 400],
  ['limit=1.5', 400],
  ['limit=1e2', 400],
  ['limit=0x10', 400],
  ['limit=%EF%BC%91', 400],
  ['limit=null', 400],
  ['limit=1;drop', 400],
  ['page=x', 200],
])('recipes: the pages ?%s', async (query, status) => {
  for (const path of ['/recipes', '/recipes/me']) {
    const response = await send('GET', `${RECIPES}${path}?${query}`, signedIn)
    expect([path, response.status]).toEqual([path, status])
    const { count: length, items, result_list } = Object(response.body)
    if (status === 200) expect([length, items]).toEqual([items.length, result_list])
  }
})

test('recipes: without parameters /recipes/me returns all recipes, and pages have no gaps', async () => {
  for (let n = 0; n < 101; n++) await post(`${RECIPES}/recipes`, recipe, signedIn)
  const all = Object((await send('GET', `${RECIPES}/recipes/me`, signedIn)).body).items.map(
    ({ id }: { id: number }) => id,
  )
  const seen = []
  for (let offset = 0; ; offset += 7) {
    const page = Object((await send('GET', `${RECIPES}/recipes/me?offset=${offset}&limit=7`, signedIn)).body).items
    if (page.length === 0) break
    seen.push(...page.map(({ id }: { id: number }) => id))
  }
  expect(seen).toEqual(all)
  expect(all.length).toBeGreaterThan(100)
  expect(all).toEqual(all.toSorted((a: number, b: number) => a - b))
})

test.each([
  [BOARD, '/users', 'OPTIONS, POST'],
  [BOARD, '/user/auth', 'OPTIONS, POST'],
  [BOARD, '/posts', 'GET, HEAD, OPTIONS, POST'],
  [BOARD, '/post/1', 'GET, HEAD, OPTIONS'],
  [RECIPES, '/users/register', 'OPTIONS, POST'],
  [RECIPES, '/users/login', 'OPTIONS, POST'],
  [RECIPES, '/users/logout', 'DELETE, OPTIONS, POST'],
  [RECIPES, '/recipes', 'GET, HEAD, OPTIONS, POST'],
  [RECIPES, '/recipes/me', 'GET, HEAD, OPTIONS'],
  [RECIPES, '/recipes/1', 'DELETE, GET, HEAD, OPTIONS, PUT'],
  [RECIPES, '/recipes/1/publish', 'DELETE, OPTIONS, PUT'],
])('%s%s allows %s', async (prefix, path, allow) => {
  const known = allow.split(', ')
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'].filter(
    (one) => !known.includes(one),
  )) {
    const { status, headers, text } = await send(method, prefix + path, signedIn)
    expect([method, status, headers.get('Allow')]).toEqual([method, 405, allow])
    if (method !== 'HEAD') {
      expect(JSON.parse(text)).toEqual({ message: 'The method is not allowed for the requested URL.' })
    }
  }
  const options = await send('OPTIONS', prefix + path)
  expect([options.status, options.headers.get('Allow'), options.text]).toEqual([200, allow, ''])
  for (const near of [`${path}/`, `${path}/x`, `/x${path}`]) {
    expect([near, (await send('GET', prefix + near, signedIn)).status]).toEqual([near, 404])
  }
})

test.each([
  ['no media type', undefined, false],
  ['text/json', 'text/json', false],
  ['text/plain', 'text/plain', false],
  ['application/json in capitals', 'Application/JSON', true],
  ['with a charset', 'application/json; charset=UTF-8', true],
  ['+json', 'application/vnd.api+json', true],
])('a JSON body of the media type: %s', async (_, type, isRead) => {
  const headers = type === undefined ? {} : { 'Content-Type': type }
  const [forBoard, forRecipes] = [user(), cook()]
  const onBoard = await send('POST', `${BOARD}/users`, headers, JSON.stringify(forBoard))
  expect([onBoard.status, Object.keys(Object(onBoard.body))]).toEqual(
    isRead ? [200, ['created', 'id', 'user_email', 'user_id']] : [400, ['errors', 'message']],
  )
  const onRecipes = await send('POST', `${RECIPES}/users/register`, headers, JSON.stringify(forRecipes))
  expect([onRecipes.status, Object.keys(Object(onRecipes.body))]).toEqual(
    isRead ? [200, ['result', 'access_token']] : [400, ['message']],
  )
})

test('names and addresses are compared without case, width and surrounding spaces', async () => {
  const someone = user({ user_id: '김 Cook', user_email: 'cook.kim@example.com' })
  await post(`${BOARD}/users`, someone)
  for (const user_id of ['김 cook', ' 김 COOK ', '김 ｃｏｏｋ', '김 Cook'.normalize('NFD')]) {
    expect((await post(`${BOARD}/user/auth`, { user_id, user_password: PASSWORD })).status).toBe(200)
  }
  for (const email of ['COOK.KIM@EXAMPLE.COM', ' cook.kim@example.com ']) {
    expect((await post(`${RECIPES}/users/login`, { email, password: PASSWORD })).status).toBe(200)
  }
})
