/** The JSON-LD of a recipe, read by a third-party parser. */
import { getScraper } from 'recipe-scrapers'
import { expect, test } from 'vitest'
import { recipeJsonLd } from '../../src/content/json-ld.ts'

test('a third-party parser reads the fields of the recipe', async () => {
  const at = new Date('2026-11-22T09:30:00.000Z')
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
  const page = `<title>x</title><script type="application/ld+json">${JSON.stringify(recipeJsonLd(recipe, url))}</script>`
  const Reader = getScraper(url, { wildMode: true })
  const reader = new Reader(page, url)

  expect(await reader.extract('title')).toBe('김치찌개')
  expect(await reader.extract('author')).toBe('홍길동')
  expect(await reader.extract('description')).toBe('For a cold evening.')
  expect(await reader.extract('yields')).toBe('2 servings')
  expect(await reader.extract('cookTime')).toBe(100)
  expect(await reader.extract('ingredients')).toMatchObject([{ items: recipe.ingredients.map((value) => ({ value })) }])
  expect(await reader.extract('instructions')).toMatchObject([{ items: recipe.directions.map((value) => ({ value })) }])
})
