/** A recipe as the old service had it: one text of directions, other names, times without a zone. */
import { z } from 'zod'
import type { listOldestFirst } from '../content/chronological.ts'
import { flaskTime } from './wire.ts'

type Row = Pick<
  Awaited<ReturnType<typeof listOldestFirst>>[number],
  'id' | 'title' | 'author_id' | 'published_at' | 'created_at' | 'updated_at'
>

/** The own columns of a recipe: a row of any content type is known by its shared columns alone. */
const Own = z.object({
  description: z.string().nullable(),
  servings: z.number().nullable(),
  cook_minutes: z.number().nullable(),
  directions: z.array(z.string()),
})

export function toOldRecipe(row: Row, now = Date.now()) {
  const { description, servings, cook_minutes, directions } = Own.parse(row)
  return {
    id: row.id,
    name: row.title,
    description,
    num_of_servings: servings,
    cook_time: cook_minutes,
    directions: joinSteps(directions),
    is_publish: row.published_at !== null && row.published_at.getTime() <= now ? 1 : 0,
    created_at: flaskTime(row.created_at),
    updated_at: flaskTime(row.updated_at),
    user_id: row.author_id,
  }
}

/** Code points of a step, as in a recipe that is written natively. */
const MAX_STEP = 1_000

/** Each line is a step, unless a line would be no step or the text would not come back as it was: then it is one. */
export function splitSteps(directions: string | null): string[] {
  if (directions === null) return []
  const lines = directions.split('\n')
  const isStep = (line: string) => line !== '' && !line.includes('\r') && line.length <= MAX_STEP
  return lines.length <= 200 && lines.every(isStep) ? lines : [directions]
}

export const joinSteps = (steps: readonly string[]): string | null => (steps.length === 0 ? null : steps.join('\n'))
