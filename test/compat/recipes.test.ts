/** The old recipe API: a replayed recording with every difference and its reason. */
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { connect } from '../../src/store/database.ts'
import { recipes as table } from '../../src/store/schema.ts'
import { account, app as native, call, env, PASSWORD } from '../support/service.ts'
import { claimsOf } from '../support/tokens.ts'
import recording from './recipes.jsonl?raw'
import { app, replayAll, send, type Departure } from './replay.ts'

const isError = (body: Record<string, unknown>) => typeof body['error'] === 'string' && Object.keys(body).length === 1
const isAnything = () => true

const UNKNOWN = { error: '레시피 아이디가 잘못되었습니다.' }
const ANOTHERS = { error: '남의 레시피를 수정할수 없습니다.' }
const NO_TOKEN = { msg: 'Missing Authorization Header' }

const DEPARTURES: Departure[] = [
  {
    reason: 'An unknown address and a wrong password have the same response.',
    names: [
      'login: no users',
      'login: wrong password',
      'login: password in another case',
      'login: unknown e-mail',
      'login: invalid e-mail',
      'login: empty password',
      'login: empty e-mail',
    ],
    status: 400,
    body: { error: '이메일 또는 비밀번호가 틀렸습니다.' },
  },
  {
    reason: 'A password has at least 8 characters.',
    names: ['register: password of four characters'],
    status: 400,
    body: { error: '비밀번호의 길이를 확인하세요.' },
  },
  {
    reason: 'A password has at most 256 characters.',
    names: ['register: password of thirteen characters'],
    status: 200,
    body: isAnything,
  },
  {
    reason: 'The account was refused above.',
    names: ['login: four characters'],
    status: 400,
    body: { error: '이메일 또는 비밀번호가 틀렸습니다.' },
  },
  {
    reason: 'A duplicate, a missing field and a field of another type return 400, without the text of the database.',
    names: [
      'register: same e-mail',
      'register: same e-mail in another case',
      'register: same name',
      'register: same name in another case',
      'register: same e-mail and name',
      'register: no username',
      'register: no email',
      'register: no password',
      'register: empty object',
      'register: username null',
      'register: password null',
      'register: password is a number',
      'register: e-mail is a number',
      'register: a JSON array',
      'login: by username',
      'login: no password',
      'login: no password, unknown e-mail',
      'login: password null',
      'login: password is a number',
      'write: no name',
      'write: no description',
      'write: no cook_time',
      'write: no directions',
      'write: empty object',
      'write: cook_time is a string',
      'write: name null',
      'write: name is a list',
      'change: no name',
      'list: offset is not a number',
      'list: negative offset',
      'list: empty values',
    ],
    status: 400,
    body: isError,
  },
  { reason: 'A name must not be empty.', names: ['register: empty username'], status: 400, body: isError },
  {
    reason: 'The domain is not looked up.',
    names: ['register: e-mail of an unknown domain'],
    status: 200,
    body: isAnything,
  },
  {
    reason: 'A name has at most 255 characters, a title at most 512.',
    names: ['register: username of 81 characters', 'write: name of 101 characters'],
    status: 200,
    body: isAnything,
  },
  {
    reason: 'An unknown recipe and a draft of another user return 400.',
    names: [
      'item: empty database',
      'item: unknown id',
      'item: id 0',
      'item: id of 20 digits',
      'item: a draft, another user',
      'item: a draft, without a token',
      "publish: another's",
      'publish: unknown id',
      'unpublish: unknown id',
      "change: another's",
      "change: another's published one",
      "remove: another's",
      'remove: again',
      'remove: unknown id',
    ],
    status: 400,
    body: UNKNOWN,
  },
  {
    reason: 'A recipe of another user cannot be changed.',
    names: ["unpublish: another's"],
    status: 401,
    body: ANOTHERS,
  },
  {
    reason: 'Publishing, unpublishing and deleting require a token.',
    names: ['publish: without a token', 'unpublish: without a token', 'remove: without a token'],
    status: 401,
    body: NO_TOKEN,
  },
  {
    reason: 'Without parameters the response is the first page. The old service crashed.',
    names: ['list: no offset, no limit', 'list: no limit', 'list: no offset'],
    status: 200,
    body: ({ result, count }: Record<string, unknown>) => result === 'success' && count === 2,
  },
  {
    reason: 'Any body is accepted for an unknown path.',
    names: [
      'register: trailing slash',
      'write: trailing slash',
      'item: id that is not a number',
      'item: negative id',
      'item: trailing slash',
      'remove: id that is not a number',
      'unknown path',
    ],
    status: 404,
    body: isAnything,
  },
  {
    reason: 'The name of 101 characters was accepted above, and the number of servings is kept.',
    names: ['mine: all recipes', 'mine: with the new token'],
    status: 200,
    body: ({
      items,
      result_list,
      count,
    }: {
      items: Record<string, unknown>[]
      result_list: unknown[]
      count: number
    }) =>
      count === 11 &&
      JSON.stringify(items) === JSON.stringify(result_list) &&
      JSON.stringify(items.map(({ cook_time }) => cook_time)) === '[30,30,30,45,null,-5,13,0,10,30,30]' &&
      items[7]?.['directions'] === '' &&
      items[8]?.['directions'] === null &&
      items[9]?.['directions'] === '1. 씻는다.\n\n  2. 불린다.  \r\n3. 끓인다.\n' &&
      items[10]?.['num_of_servings'] === 4,
  },
]

/** Adapts a recorded body: both names of a list and of a recipe, and the id of a created recipe. */
function adapt(value: unknown, { request }: { request: { method: string; path: string } }): unknown {
  if (typeof value !== 'object' || value === null) return value
  const body = value as Record<string, unknown>
  const list = body['items'] ?? body['result_list']
  if (list) return { ...body, items: list, result_list: list }
  if (body['info']) return { ...body, item: body['info'] }
  const isWritten = request.method === 'POST' && request.path === '/recipes' && body['result'] === 'success'
  return isWritten ? { ...body, recipe_id: '<id>' } : body
}

test('the replayed responses differ from the recording only as the table states', async () => {
  expect(await replayAll('/compat/recipes', recording, DEPARTURES, adapt)).toEqual([])
})

async function signIn() {
  const someone = await account()
  const credentials = JSON.stringify({ email: someone.email, password: PASSWORD })
  const { body } = await send(
    'POST',
    '/compat/recipes/users/login',
    { 'Content-Type': 'application/json' },
    credentials,
  )
  const headers = {
    'Content-Type': 'application/json',
    Authorization: `Bearer ${(body as { access_token: string }).access_token}`,
  }
  return { ...someone, headers }
}

const RECIPE = { name: '죽', description: null, cook_time: 5, directions: '끓인다.', num_of_servings: 3 }

test.each([
  ['one line', ['one line']],
  ['two\nlines', ['two', 'lines']],
  ['', ['']],
  ['a\n\nb', ['a\n\nb']],
  ['a\r\nb', ['a\r\nb']],
  ['a\n', ['a\n']],
  ['\na', ['\na']],
  [' a \n\tb', [' a ', '\tb']],
])('returns the directions %j unchanged, and stores the steps %j', async (directions, steps) => {
  expect(await writeDirections(directions)).toEqual({ directions, steps })
})

test('a line is a step if it is not longer than a step of `POST /recipes`', async () => {
  const [longest, longer] = ['b'.repeat(4_000), 'b'.repeat(4_001)]
  expect((await writeDirections(`a\n${longest}`)).steps).toEqual(['a', longest])
  expect((await writeDirections(`a\n${longer}`)).steps).toEqual([`a\n${longer}`])
})

/** The directions of a new recipe in the response of the old API, and its steps in that of `/recipes`. */
async function writeDirections(directions: string) {
  const { headers, token } = await signIn()
  const written = await send('POST', '/compat/recipes/recipes', headers, JSON.stringify({ ...RECIPE, directions }))
  const { recipe_id: id } = written.body as { recipe_id: number }
  const { body } = await send('GET', `/compat/recipes/recipes/${id}`, headers)
  const { body: item } = await call('GET', `/recipes/${id}`, { token })
  expect(item.visibility).toBe('public')
  return { directions: Object(body).info.directions, steps: item.directions }
}

test('a replacement without num_of_servings keeps it, and null removes it', async () => {
  const { headers } = await signIn()
  const written = await send('POST', '/compat/recipes/recipes', headers, JSON.stringify(RECIPE))
  const path = `/compat/recipes/recipes/${(written.body as { recipe_id: number }).recipe_id}`
  const { num_of_servings: _, ...rest } = RECIPE
  await send('PUT', path, headers, JSON.stringify(rest))
  expect((await send('GET', path, headers)).body).toMatchObject({ item: { num_of_servings: 3 } })
  await send('PUT', path, headers, JSON.stringify({ ...rest, num_of_servings: null }))
  expect((await send('GET', path, headers)).body).toMatchObject({ item: { num_of_servings: null } })
})

test('a published recipe of another user cannot be changed', async () => {
  const [owner, other] = [await signIn(), await signIn()]
  const written = await send('POST', '/compat/recipes/recipes', owner.headers, JSON.stringify(RECIPE))
  const path = `/compat/recipes/recipes/${(written.body as { recipe_id: number }).recipe_id}`
  await send('PUT', `${path}/publish`, owner.headers)
  for (const [method, at, body] of [
    ['PUT', path, JSON.stringify(RECIPE)],
    ['PUT', path, '{}'],
    ['DELETE', path, undefined],
    ['PUT', `${path}/publish`, undefined],
    ['DELETE', `${path}/publish`, undefined],
  ] as const) {
    expect(await send(method, at, other.headers, body)).toMatchObject({ status: 401, body: ANOTHERS })
  }
  expect((await send('GET', path)).body).toMatchObject({ item: { is_publish: 1, name: RECIPE.name } })
})

test('without a token a recipe for members is unknown, and lists do not have its directions', async () => {
  const { headers, token } = await signIn()
  const draft = { title: 'Secret', visibility: 'members', draft: false, directions: ['hidden step'] }
  const { body } = await call('POST', '/recipes', { token, json: draft })
  expect((await send('GET', `/compat/recipes/recipes/${body.id}`)).body).toEqual(UNKNOWN)
  expect((await send('GET', `/compat/recipes/recipes/${body.id}`, headers)).text).toContain('hidden step')
  const list = await send('GET', '/compat/recipes/recipes?limit=100')
  expect(list.text).toContain('Secret')
  expect(list.text).not.toContain('hidden step')
})

test('lists leave out texts that together exceed a response of sqld', async () => {
  const { headers, token } = await signIn()
  const long = JSON.stringify({ ...RECIPE, directions: '나'.repeat(100_000) })
  const ids: number[] = []
  for (let n = 0; n < 11; n++) {
    const { body } = await send('POST', '/compat/recipes/recipes', headers, long)
    ids.push(Object(body).recipe_id)
  }
  // Imported descriptions can be longer than new ones.
  const author = eq(table.author_id, Number(claimsOf(token)['sub']))
  await connect(env)
    .update(table)
    .set({ description: '가'.repeat(100_000) })
    .where(author)
  await send('POST', '/compat/recipes/recipes', headers, JSON.stringify(RECIPE))
  const textsOf = (list: unknown) =>
    Object(list).items.map((item: Record<string, string | null>) => [
      item['description']?.length ?? 0,
      item['directions']?.length ?? 0,
    ])
  const own = textsOf((await send('GET', '/compat/recipes/recipes/me', headers)).body)
  // The size of directions is that of their JSON.
  expect(own).toEqual([...Array.from({ length: 9 }, () => [100_000, 100_000]), [100_000, 0], [0, 0], [0, 0]])
  await call('PUT', `/recipes/${ids[10]}/publish`, { token })
  const { body } = await send('GET', '/compat/recipes/recipes?limit=100')
  expect(textsOf({ items: Object(body).items.filter(({ id }: { id: number }) => id === ids[10]) })).toEqual([[0, 0]])
  const { body: whole } = await send('GET', `/compat/recipes/recipes/${ids[10]}`, headers)
  expect(textsOf({ items: [Object(whole).item] })).toEqual([[100_000, 100_000]])
})

test('the old APIs refuse registrations unless REGISTRATION=open', async () => {
  const closed = { ...env, REGISTRATION: 'closed' }
  const headers = { 'Content-Type': 'application/json' }
  const recipes = JSON.stringify({ username: 'late', email: 'late@example.com', password: PASSWORD })
  expect((await send('POST', '/compat/recipes/users/register', headers, recipes, closed)).status).toBe(400)
  const board = JSON.stringify({ user_id: 'late', user_email: 'late@example.com', user_password: PASSWORD })
  expect((await send('POST', '/compat/board/users', headers, board, closed)).status).toBe(403)
})

test('with an empty COMPAT the native API is unchanged, and the old paths return 404', async () => {
  const documentOf = async (of: typeof app) => (await of.request('/openapi.json', {}, env)).json()
  const [without, both] = [await documentOf(native), await documentOf(createApp(connect))]
  const isNative = ([path]: [string, unknown]) => !path.startsWith('/compat/')
  expect(Object.fromEntries(Object.entries(Object(both).paths as object).filter(isNative))).toEqual(
    Object(without).paths,
  )
  expect(Object(both).components).toEqual(Object(without).components)
  expect((await native.request('/compat/board/posts', {}, env)).status).toBe(404)
  const headers = { 'X-Request-Id': 'same' }
  for (const path of ['/', '/posts', '/recipes', '/users/me', '/nothing']) {
    const [one, other] = [await native.request(path, { headers }, env), await app.request(path, { headers }, env)]
    expect([other.status, [...other.headers], await other.text()]).toEqual([
      one.status,
      [...one.headers],
      await one.text(),
    ])
  }
})

test('the document has every operation of the old APIs, tagged and deprecated', async () => {
  const { paths } = Object(await (await app.request('/openapi.json', {}, env)).json())
  const operations = Object.entries(paths as Record<string, Record<string, { deprecated?: boolean; tags?: string[] }>>)
    .filter(([path]) => path.startsWith('/compat/'))
    .flatMap(([, methods]) => Object.values(methods))
  expect(operations).toHaveLength(18)
  expect(operations.every(({ deprecated, tags }) => deprecated && tags?.[0]?.startsWith('compat-'))).toBe(true)
})

test('an unknown name in COMPAT throws', () => {
  expect(() => createApp(connect, 'board,recipe')).toThrow('COMPAT')
})
