/** The JSON-LD of a recipe, read by a third-party parser. */
import { getScraper } from 'recipe-scrapers'
import { expect, test } from 'vitest'
import { recipeJsonLd } from '../../src/content/json-ld.ts'

const at = new Date('2026-11-22T09:30:00.000Z').toISOString()
const url = 'https://postern.test/recipes/1'
const recipe = {
  title: '김치찌개',
  author: { username: '홍길동' },
  description: 'For a cold evening.',
  servings: 2,
  cook_minutes: 100,
  ingredients: ['300 g ripe kimchi', '½ block of tofu'],
  directions: ['Fry the pork and the kimchi.', 'Add water and simmer.'],
  published_at: at,
  created_at: at,
  updated_at: at,
}

const read = async (fields: object) => {
  const page = `<title>x</title><script type="application/ld+json">${JSON.stringify(recipeJsonLd({ ...recipe, ...fields }, url))}</script>`
  const Reader = getScraper(url, { wildMode: true })
  return new Reader(page, url)
}

test('a third-party parser reads the fields of the recipe', async () => {
  const reader = await read({})

  expect(await reader.extract('title')).toBe('김치찌개')
  expect(await reader.extract('author')).toBe('홍길동')
  expect(await reader.extract('description')).toBe('For a cold evening.')
  expect(await reader.extract('yields')).toBe('2 servings')
  expect(await reader.extract('cookTime')).toBe(100)
  expect(await reader.extract('ingredients')).toMatchObject([{ items: recipe.ingredients.map((value) => ({ value })) }])
  expect(await reader.extract('instructions')).toMatchObject([{ items: recipe.directions.map((value) => ({ value })) }])
})

test('text with `<` and character references arrives unchanged at a reader that takes text for HTML', async () => {
  const odd = [
    'Heat to <100 °C, then <b>stir</b>',
    'salt &amp; pepper',
    'Tom & Jerry',
    'a </script> b',
    // HTML decodes these without a semicolon.
    'if &lt 5 and &#60 7',
    'https://example.com/?a=1&copy=2&section=3&#x41',
    'M&Ms, R&D and &notin',
  ]
  const reader = await read({ title: 'x <y', description: odd.join(' / '), ingredients: odd, directions: odd })
  expect(await reader.extract('title')).toBe('x <y')
  expect(await reader.extract('description')).toBe(odd.join(' / '))
  expect(await reader.extract('ingredients')).toMatchObject([{ items: odd.map((value) => ({ value })) }])
  expect(await reader.extract('instructions')).toMatchObject([{ items: odd.map((value) => ({ value })) }])
})

test('an `&` that begins no character reference is left alone, for readers that take text for plain text', () => {
  const title = 'M&Ms & B&B, AT&T; R&D'
  expect(recipeJsonLd({ ...recipe, title }, url).name).toBe('M&Ms & B&B, AT&amp;T; R&D')
})
