/** The content types as the content tests need them. Every content test runs for each row. */
export type ContentTypeCase = {
  path: string
  /** A complete body of a new item. */
  example: Record<string, unknown> & { title: string }
  /** The optional fields of the example, with their values if they are absent. */
  optional: Record<string, unknown>
  /** The own fields that lists do not show. */
  hiddenInLists: string[]
  defaults: { visibility: 'public' | 'members'; draft: boolean }
  /** Invalid values of own fields, with the pointers of the faults. */
  faults: [name: string, fields: Record<string, unknown>, pointers: string[]][]
}

export const CONTENT_TYPES: Record<string, ContentTypeCase> = {
  posts: {
    path: '/posts',
    example: { title: '안녕', body: '세상아' },
    optional: {},
    hiddenInLists: ['body'],
    defaults: { visibility: 'members', draft: false },
    faults: [
      ['an empty body', { body: '' }, ['#/body']],
      ['a long body', { body: 'x'.repeat(100_001) }, ['#/body']],
      ['a body long in code points', { body: '𝒳'.repeat(100_001) }, ['#/body']],
      ['a number for a body', { body: 7 }, ['#/body']],
      ['null for a body', { body: null }, ['#/body']],
      ['no body', { body: undefined }, ['#/body']],
    ],
  },
  recipes: {
    path: '/recipes',
    example: {
      title: '김치찌개',
      description: 'For a cold evening.',
      servings: 2,
      cook_minutes: 40,
      ingredients: ['kimchi', 'pork', '½ block of tofu'],
      directions: ['Fry.', 'Simmer.'],
    },
    optional: { description: null, servings: null, cook_minutes: null, ingredients: [], directions: [] },
    hiddenInLists: ['ingredients', 'directions'],
    defaults: { visibility: 'public', draft: true },
    faults: [
      ['a long description', { description: '𝒳'.repeat(4_001) }, ['#/description']],
      ['no servings', { servings: 0 }, ['#/servings']],
      ['half a serving', { servings: 0.5 }, ['#/servings']],
      ['servings for a town', { servings: 1_001 }, ['#/servings']],
      ['servings in words', { servings: 'two' }, ['#/servings']],
      ['less than no time', { cook_minutes: -1 }, ['#/cook_minutes']],
      ['more than two years', { cook_minutes: 1_000_001 }, ['#/cook_minutes']],
      ['ingredients in one string', { ingredients: 'kimchi, pork' }, ['#/ingredients']],
      ['a long ingredient', { ingredients: ['x'.repeat(1_001)] }, ['#/ingredients/0']],
      ['201 ingredients', { ingredients: Array.from({ length: 201 }, () => 'salt') }, ['#/ingredients']],
      ['a long direction', { directions: ['x'.repeat(4_001)] }, ['#/directions/0']],
    ],
  },
}
