import { expect, test } from 'vitest'
import { recipeJsonLd } from '../../src/content/json-ld.ts'
import { account, call } from '../support/service.ts'

const { token, username } = await account()
const LINKED_DATA = 'application/ld+json'
const write = async (fields = {}) =>
  (await call('POST', '/recipes', { token, json: { title: '김치찌개', draft: false, ...fields } })).body
const read = (id: number, Accept?: string) =>
  call('GET', `/recipes/${id}`, Accept === undefined ? {} : { headers: { Accept } })

test('a recipe is returned as JSON-LD if the client accepts it', async () => {
  const recipe = await write({
    description: 'Hot.',
    servings: 2,
    cook_minutes: 100,
    ingredients: ['kimchi'],
    directions: ['Fry.', 'Simmer.'],
  })
  const { status, headers, body } = await read(recipe.id, LINKED_DATA)
  expect(status).toBe(200)
  expect(headers.get('Content-Type')).toBe(LINKED_DATA)
  expect(headers.get('Vary')).toMatch(/Authorization.*Accept|Accept.*Authorization/)
  expect(body).toEqual({
    '@context': 'https://schema.org',
    '@type': 'Recipe',
    '@id': `http://postern.test/recipes/${recipe.id}`,
    url: `http://postern.test/recipes/${recipe.id}`,
    name: '김치찌개',
    author: { '@type': 'Person', name: username },
    description: 'Hot.',
    recipeYield: '2',
    cookTime: 'PT1H40M',
    recipeIngredient: ['kimchi'],
    recipeInstructions: [
      { '@type': 'HowToStep', text: 'Fry.' },
      { '@type': 'HowToStep', text: 'Simmer.' },
    ],
    datePublished: recipe.published_at,
    dateCreated: recipe.created_at,
    dateModified: recipe.updated_at,
  })
})

test.each([
  [undefined, 'application/json'],
  ['*/*', 'application/json'],
  ['application/*', 'application/json'],
  ['application/json', 'application/json'],
  ['text/html', 'application/json'],
  ['application/json, application/ld+json;q=0.5', 'application/json'],
  ['application/json;q=0.5, application/ld+json', LINKED_DATA],
  ['application/ld+json, */*;q=0.1', LINKED_DATA],
])('the response to Accept: %s is %s', async (accept, type) => {
  const recipe = await write()
  expect((await read(recipe.id, accept)).headers.get('Content-Type')).toBe(type)
})

test('each media type has its own entity tag', async () => {
  const recipe = await write()
  const [plain, linked] = [await read(recipe.id), await read(recipe.id, LINKED_DATA)]
  expect(linked.headers.get('ETag')).not.toBe(plain.headers.get('ETag'))
  const known = (tag: string | null) =>
    call('GET', `/recipes/${recipe.id}`, { headers: { Accept: LINKED_DATA, 'If-None-Match': tag ?? '' } })
  expect((await known(linked.headers.get('ETag'))).status).toBe(304)
  expect((await known(plain.headers.get('ETag'))).status).toBe(200)
})

test('the entity tag of the JSON-LD names the version for a change too', async () => {
  const { id } = await write()
  const tag = (await read(id, LINKED_DATA)).headers.get('ETag') ?? ''
  const change = () =>
    call('PATCH', `/recipes/${id}`, {
      token,
      json: { title: `A ${crypto.randomUUID()}` },
      headers: { 'If-Match': tag },
    })
  expect([(await change()).status, (await change()).status]).toEqual([200, 412])
})

test('JSON-LD leaves out the fields that a recipe does not have', async () => {
  const { body } = await read((await write()).id, LINKED_DATA)
  for (const name of ['description', 'recipeYield', 'cookTime']) expect(body).not.toHaveProperty(name)
})

test('posts are returned as JSON only', async () => {
  const { body } = await call('POST', '/posts', { token, json: { title: 'x', body: 'x', visibility: 'public' } })
  const { headers } = await call('GET', `/posts/${body.id}`, { headers: { Accept: LINKED_DATA } })
  expect(headers.get('Content-Type')).toBe('application/json')
})

test.each([
  [0, 'PT0M'],
  [1, 'PT1M'],
  [60, 'PT1H'],
  [90, 'PT1H30M'],
  [1440, 'P1D'],
  [1441, 'P1DT1M'],
  [10_000, 'P6DT22H40M'],
])('%i minutes are %s', (cook_minutes, duration) => {
  const at = '1970-01-01T00:00:00.000Z'
  const recipe = {
    title: 'x',
    author: { username: 'x' },
    description: null,
    servings: null,
    ingredients: [],
    directions: [],
    published_at: null,
    created_at: at,
    updated_at: at,
  }
  expect(recipeJsonLd({ ...recipe, cook_minutes }, 'http://x/').cookTime).toBe(duration)
})

test('the largest recipe fits into a row', async () => {
  const lines = Array.from({ length: 200 }, () => '𝒳'.repeat(1_000))
  const { body } = await call('POST', '/recipes', {
    token,
    json: {
      title: '𝒳'.repeat(200),
      description: '𝒳'.repeat(2_000),
      ingredients: lines,
      directions: lines,
      draft: false,
    },
  })
  const { body: again } = await read(body.id)
  expect(again.ingredients).toEqual(lines)
  expect(again.directions).toEqual(lines)
})

test('a recipe of the largest size fits into a row, and a larger one is refused, at creation and in changes', async () => {
  const wide = Array.from({ length: 200 }, () => '𝒳'.repeat(1_000))
  const escaped = Array.from({ length: 200 }, () => `x${'\u0001'.repeat(999)}`)
  const largest = { title: '𝒳'.repeat(200), description: '𝒳'.repeat(2_000), ingredients: wide, directions: wide }
  const created = await call('POST', '/recipes', { token, json: largest })
  expect(created.status).toBe(201)
  expect(created.body).toMatchObject(largest)

  const refused = [
    await call('POST', '/recipes', { token, json: { title: 'x', ingredients: escaped.slice(0, 160) } }),
    await call('PATCH', `/recipes/${created.body.id}`, { token, json: { ingredients: escaped.slice(0, 160) } }),
  ]
  for (const { status, body } of refused) {
    expect([status, body.errors]).toEqual([
      422,
      [{ pointer: '#/ingredients', detail: 'Too large: at most 900000 bytes.' }],
    ])
  }
  const most = escaped.slice(0, 149)
  expect((await call('PATCH', `/recipes/${created.body.id}`, { token, json: { ingredients: most } })).status).toBe(200)
  const last = await call('PATCH', `/recipes/${created.body.id}`, { token, json: { directions: most } })
  expect([last.status, last.body.ingredients.length, last.body.directions.length]).toEqual([200, 149, 149])
})
