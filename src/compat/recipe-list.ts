/** The lists of the old recipe API: their pages, their columns and their response body. */
import { sql, type Column, type SQL } from 'drizzle-orm'
import type { Context } from 'hono'
import type { listOldestFirst } from '../content/chronological.ts'
import type { AppEnv } from '../http/context.ts'
import { recipes as table } from '../store/schema.ts'
import { badRequest } from './recipe-errors.ts'
import { toOldRecipe } from './recipe-shape.ts'

const [MAX_PAGE, DEFAULT_PAGE, MAX_OWN] = [100, 25, 1_000]

/**
 * The maximum number of characters of descriptions, and of directions, in a list: a response of sqld may have 10 MB. `GET`
 * reads a recipe whole.
 */
const MAX_LISTED = 1_000_000

const { description, directions, servings, cook_minutes, visibility, id } = table

/** A page of published recipes, without very long texts. A recipe for members has no directions. */
export const publicPage = (c: Context<AppEnv>) => ({
  own: columnsOf({
    description: sql`length(${description}) <= ${MAX_LISTED / MAX_PAGE}`,
    directions: sql`${visibility} = 'public' and length(${directions}) <= ${MAX_LISTED / MAX_PAGE}`,
  }),
  offset: readNumber(c, 'offset', 0),
  limit: Math.min(readNumber(c, 'limit', DEFAULT_PAGE), MAX_PAGE),
})

/** A page of the current user's recipes, drafts included. The texts beyond `MAX_LISTED` are left out. */
export function ownPage(c: Context<AppEnv>) {
  const isWithin = (text: Column) =>
    sql`sum(length(${text})) over (order by ${id} rows ${sql.raw(String(MAX_OWN - 1))} preceding) <= ${MAX_LISTED}`
  return {
    own: columnsOf({ description: isWithin(description), directions: isWithin(directions) }),
    offset: readNumber(c, 'offset', 0),
    limit: Math.min(readNumber(c, 'limit', MAX_OWN), MAX_OWN),
  }
}

/** The columns of a list, with the texts for which a condition holds. */
function columnsOf(isListed: { description: SQL; directions: SQL }) {
  const listed = sql<string[]>`case when ${isListed.directions} then ${directions} else '[""]' end`
  return {
    description: sql<string | null>`case when ${isListed.description} then ${description} end`.as('listed_description'),
    servings,
    cook_minutes,
    directions: listed.mapWith(directions).as('listed_directions'),
  }
}

/** The list under both names that versions of the old API used. */
export function listBody(rows: Awaited<ReturnType<typeof listOldestFirst>>) {
  const items = rows.map((row) => toOldRecipe(row))
  return { count: items.length, result_list: items, items }
}

function readNumber(c: Context<AppEnv>, name: string, otherwise: number): number {
  const sent = c.req.query(name)
  if (sent === undefined) return otherwise
  if (!/^\d+$/.test(sent)) throw badRequest(`${name} must be a number.`)
  return Math.min(Number(sent), Number.MAX_SAFE_INTEGER)
}
