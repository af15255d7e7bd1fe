/** The fields of a recipe in requests of the old API. */
import { lazy } from '../lazy.ts'
import { text } from '../text.ts'
import { TEXTS } from './recipe-errors.ts'

const Title = lazy(() => text(0, 512))
const Description = lazy(() => text(0, 4_000))
const Directions = lazy(() => text(0, 100_000))

/** The range of an INT in the database of the old service. */
const [MIN_INT, MAX_INT] = [-(2 ** 31), 2 ** 31 - 1]

type Recipe = {
  title: string
  description: string | null
  cook_minutes: number | null
  directions: string | null
  servings: number | null
}

/** The recipe in a body, or the first fault. A number can be a string of digits and is rounded. */
export function readRecipe(
  members: ReadonlyMap<string, unknown>,
): { recipe: Recipe; fault?: never } | { recipe?: never; fault: string } {
  const missing = ['name', 'description', 'cook_time', 'directions'].find((name) => members.get(name) === undefined)
  if (missing) return { fault: TEXTS.missing(missing) }
  const [name, description, directions] = ['name', 'description', 'directions'].map((field) =>
    asText(members.get(field)),
  )
  const [cook_minutes, servings] = ['cook_time', 'num_of_servings'].map((field) =>
    asInteger(members.get(field) ?? null),
  )
  if (typeof name !== 'string' || !Title().safeParse(name).success) return { fault: TEXTS.invalid('name') }
  if (description === undefined || !isNullOr(Description, description)) return { fault: TEXTS.invalid('description') }
  if (directions === undefined || !isNullOr(Directions, directions)) return { fault: TEXTS.invalid('directions') }
  if (cook_minutes === undefined) return { fault: TEXTS.invalid('cook_time') }
  if (servings === undefined) return { fault: TEXTS.invalid('num_of_servings') }
  return { recipe: { title: name, description, cook_minutes, directions, servings } }
}

const isNullOr = (schema: typeof Title, value: string | null) => value === null || schema().safeParse(value).success

/** Text, or an integer as text. Undefined for anything else. */
export const asText = (value: unknown): string | null | undefined => {
  if (value === null || typeof value === 'string') return value
  return typeof value === 'bigint' ? String(value) : undefined
}

/** The text of a number that MariaDB stores in a column of integers. */
const NUMBER = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i

function asInteger(value: unknown): number | null | undefined {
  if (value === null) return null
  const isNumeric = ['number', 'bigint'].includes(typeof value) || (typeof value === 'string' && NUMBER.test(value))
  const rounded = isNumeric ? Math.sign(Number(value)) * Math.round(Math.abs(Number(value))) + 0 : Number.NaN
  return rounded >= MIN_INT && rounded <= MAX_INT ? rounded : undefined
}
