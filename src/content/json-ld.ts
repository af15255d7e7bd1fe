/** A recipe in the words of schema.org, which other programs read: https://schema.org/Recipe. */

type Recipe = {
  title: string
  author: { username: string }
  description: string | null
  servings: number | null
  cook_minutes: number | null
  ingredients: string[]
  directions: string[]
  published_at: Date | null
  created_at: Date
  updated_at: Date
}

export const recipeJsonLd = (recipe: Recipe, url: string) => ({
  '@context': 'https://schema.org',
  '@type': 'Recipe',
  '@id': url,
  url,
  name: recipe.title,
  author: { '@type': 'Person', name: recipe.author.username },
  ...(recipe.description !== null && { description: recipe.description }),
  ...(recipe.servings !== null && { recipeYield: String(recipe.servings) }),
  ...(recipe.cook_minutes !== null && { cookTime: duration(recipe.cook_minutes) }),
  recipeIngredient: recipe.ingredients,
  recipeInstructions: recipe.directions.map((text) => ({ '@type': 'HowToStep', text })),
  ...(recipe.published_at && { datePublished: recipe.published_at.toISOString() }),
  dateCreated: recipe.created_at.toISOString(),
  dateModified: recipe.updated_at.toISOString(),
})

/** ISO 8601-1 §5.5.2: a duration in days, hours and minutes. */
function duration(minutes: number): string {
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60]
  const time = `${hours ? `${hours}H` : ''}${rest ? `${rest}M` : ''}`
  return minutes === 0 ? 'PT0M' : `P${days ? `${days}D` : ''}${time && `T${time}`}`
}
