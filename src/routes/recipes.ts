/** Recipes: new ones are drafts, and everyone can read the published ones. */
import { z } from '@hono/zod-openapi'
import { recipeJsonLd } from '../content/json-ld.ts'
import { integer } from '../http/openapi.ts'
import { lazy } from '../lazy.ts'
import { recipes as table } from '../store/schema.ts'
import { isBlank, text } from '../text.ts'
import { contentRoutes } from './content.ts'

/** The largest size of a list in the database, in bytes. Two lists fit into a row of D1, which holds 2,000,000 bytes. */
const MAX_BYTES = 900_000

/** Up to 200 lines. Lines without a visible character are dropped: pasted text often has them. */
const lines = (maxLength: number) =>
  z
    .array(text(0, maxLength))
    .max(200)
    .refine(
      (list) => new TextEncoder().encode(JSON.stringify(list)).length <= MAX_BYTES,
      `Too large: at most ${MAX_BYTES} bytes.`,
    )
    .transform((list) => list.filter((line) => !isBlank(line)))

/** Recipes of the old service have texts of any shape and numbers of any sign. */
const MAX_LEGACY_TEXT = 100_000
const int32 = lazy(() => integer(-(2 ** 31), 2 ** 31 - 1))

export const recipes = contentRoutes(table, {
  name: 'Recipe',
  path: '/recipes',
  fields: () => ({
    description: text(0, 4_000).nullable().optional(),
    servings: integer(1, 1_000).nullable().optional(),
    cook_minutes: integer(0, 1_000_000).nullable().optional(),
    ingredients: lines(1_000).optional(),
    directions: lines(4_000).optional(),
  }),
  stored: () => ({
    description: text(0, MAX_LEGACY_TEXT).nullable(),
    servings: int32().nullable(),
    cook_minutes: int32().nullable(),
    ingredients: z.array(text(0, 1_000)).max(200),
    directions: z.array(text(0, MAX_LEGACY_TEXT)).max(MAX_LEGACY_TEXT),
  }),
  inLists: ['description', 'servings', 'cook_minutes'],
  defaults: { draft: true, visibility: 'public' },
  example: {
    title: '김치찌개',
    description: 'For a cold evening.',
    servings: 2,
    cook_minutes: 40,
    ingredients: ['300 g ripe kimchi', '200 g pork belly', '½ block of tofu'],
    directions: ['Fry the pork and the kimchi.', 'Add water and simmer for 30 minutes.', 'Add the tofu.'],
  },
  jsonLd: recipeJsonLd,
})
