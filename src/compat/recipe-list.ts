/** The lists of the old recipe API: their pages, their columns and their response body. */
import { sql, type SQL } from 'drizzle-orm'
import type { Context } from 'hono'
import type { listOldestFirst } from '../content/chronological.ts'
import type { AppEnv } from '../http/context.ts'
import { recipes as table } from '../store/schema.ts'
import { badRequest } from './recipe-errors.ts'
import { toOldRecipe } from './recipe-shape.ts'

const [MAX_PAGE, DEFAULT_PAGE, MAX_OWN] = [100, 25, 1_000]

/** The maximum number of characters of directions in a list. Rows beyond it have no directions; `GET` reads them one by one. */
const MAX_LISTED = 1_000_000

/** A page of published recipes. A recipe for members, or with very long directions, has none in the list. */
export const publicPage = (c: Context<AppEnv>) => ({
  own: columnsOf(sql`${table.visibility} = 'public' and length(${table.directions}) <= ${MAX_LISTED / MAX_PAGE}`),
  offset: readNumber(c, 'offset', 0),
  limit: Math.min(readNumber(c, 'limit', DEFAULT_PAGE), MAX_PAGE),
})

/** A page of the current user's recipes, drafts included. The rows beyond `MAX_LISTED` have no directions. */
export function ownPage(c: Context<AppEnv>) {
  const { id, directions } = table
  const soFar = sql`sum(length(${directions})) over (order by ${id} rows ${sql.raw(String(MAX_OWN - 1))} preceding)`
  return {
    own: columnsOf(sql`${soFar} <= ${MAX_LISTED}`),
    offset: readNumber(c, 'offset', 0),
    limit: Math.min(readNumber(c, 'limit', MAX_OWN), MAX_OWN),
  }
}

function columnsOf(isListed: SQL) {
  const { description, servings, cook_minutes, directions } = table
  const listed = sql<string[]>`case when ${isListed} then ${directions} else '[""]' end`
  return { description, servings, cook_minutes, directions: listed.mapWith(directions).as('listed_directions') }
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
