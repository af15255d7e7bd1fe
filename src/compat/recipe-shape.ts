/** A recipe in the format of the old API: its own field names, directions as one text, times without an offset. */
import { z } from 'zod'
import type { listOldestFirst } from '../content/chronological.ts'
import { lazy } from '../lazy.ts'
import { flaskTime } from './flask-time.ts'

type Row = Pick<
  Awaited<ReturnType<typeof listOldestFirst>>[number],
  'id' | 'title' | 'author_id' | 'published_at' | 'created_at' | 'updated_at'
>

/** The columns of recipes only. The type of a row has only the columns of all content types. */
const Own = lazy(() =>
  z.object({
    description: z.string().nullable(),
    servings: z.number().nullable(),
    cook_minutes: z.number().nullable(),
    directions: z.array(z.string()),
  }),
)

export function toOldRecipe(row: Row, now = Date.now()) {
  const { description, servings, cook_minutes, directions } = Own().parse(row)
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

/** The maximum length of a step in code points: the limit of `POST /recipes`. */
const MAX_STEP = 4_000

/** Each line is a step. If a line is not a valid step, the whole text is one step, so that `joinSteps` restores it. */
export function splitSteps(directions: string | null): string[] {
  if (directions === null) return []
  const lines = directions.split('\n')
  const isStep = (line: string) => line !== '' && !line.includes('\r') && line.length <= MAX_STEP
  return lines.length <= 200 && lines.every(isStep) ? lines : [directions]
}

export const joinSteps = (steps: readonly string[]): string | null => (steps.length === 0 ? null : steps.join('\n'))
