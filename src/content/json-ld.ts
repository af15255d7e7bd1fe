/** A recipe as JSON-LD, in the vocabulary of https://schema.org/Recipe. */
import { lazyRegExp } from '../lazy.ts'

type Recipe = {
  title: string
  author: { username: string }
  description: string | null
  servings: number | null
  cook_minutes: number | null
  ingredients: string[]
  directions: string[]
  published_at: string | null
  created_at: string
  updated_at: string
}

export const recipeJsonLd = (recipe: Recipe, url: string) => ({
  '@context': 'https://schema.org',
  '@type': 'Recipe',
  '@id': url,
  url,
  name: toHtml(recipe.title),
  author: { '@type': 'Person', name: toHtml(recipe.author.username) },
  ...(recipe.description !== null && { description: toHtml(recipe.description) }),
  ...(recipe.servings !== null && { recipeYield: String(recipe.servings) }),
  ...(recipe.cook_minutes !== null && { cookTime: duration(recipe.cook_minutes) }),
  recipeIngredient: recipe.ingredients.map(toHtml),
  recipeInstructions: recipe.directions.map((text) => ({ '@type': 'HowToStep', text: toHtml(text) })),
  ...(recipe.published_at && { datePublished: recipe.published_at }),
  dateCreated: recipe.created_at,
  dateModified: recipe.updated_at,
})

/** The character references of HTML that are decoded without a semicolon too (https://html.spec.whatwg.org/#named-character-references). */
const WITHOUT_SEMICOLON =
  '#\\d|#[Xx][\\dA-Fa-f]|AMP|amp|LT|lt|GT|gt|QUOT|quot|COPY|copy|REG|reg|ETH|eth|THORN|thorn|szlig|AElig|aelig|[Aa]ring|[Cc]cedil|[Oo]slash|[ANOano]tilde|' +
  '[AEIOUaeiou](?:acute|circ|grave|uml)|[Yy]acute|yuml|uml|acute|brvbar|cedil|cent|curren|deg|divide|frac(?:12|14|34)|iexcl|iquest|[lr]aquo|macr|micro|middot|' +
  'nbsp|not|ord[fm]|para|plusmn|pound|sect|shy|sup[123]|times|yen'

const reference = lazyRegExp(`&(?=#?\\w+;|${WITHOUT_SEMICOLON})`, 'g')

/**
 * Readers of schema.org take text for HTML: they drop what follows a `<`, and decode character references. Any other `&`
 * is left alone for readers that take it for plain text.
 */
const toHtml = (text: string) => text.replace(reference(), '&amp;').replaceAll('<', '&lt;')

/** ISO 8601-1 §5.5.2: a duration in days, hours and minutes. */
function duration(minutes: number): string {
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60]
  const time = `${hours ? `${hours}H` : ''}${rest ? `${rest}M` : ''}`
  return minutes === 0 ? 'PT0M' : `P${days ? `${days}D` : ''}${time && `T${time}`}`
}
