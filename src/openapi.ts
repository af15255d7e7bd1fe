/** What the routes say of themselves: the parts that their descriptions share. */
import { z } from '@hono/zod-openapi'
import { PROBLEMS, ProblemSchema, type Slug } from './problem.ts'

/** A time on the wire: RFC 3339, UTC, milliseconds. */
export const instant = z.iso.datetime({ precision: 3 })

/** A JSON body that has to be there (without `required` nothing would be checked where there is none). */
export const json = <T extends z.ZodType>(schema: T) => ({
  body: { required: true, content: { 'application/json': { schema } } } as const,
})

/** A JSON answer. */
export const answer = <T extends z.ZodType, H extends z.ZodObject>(schema: T, description: string, headers?: H) => ({
  description,
  content: { 'application/json': { schema } },
  ...(headers && { headers }),
})

type ProblemExample = { value: z.infer<typeof ProblemSchema> }
type ProblemResponse = {
  description: string
  content: { 'application/problem+json': { schema: typeof ProblemSchema; examples: Record<string, ProblemExample> } }
}

/** The problems that a route can answer with, by status; those of one status stand side by side. */
export function problems<S extends Slug>(...slugs: S[]) {
  const responses: Record<number, ProblemResponse> = {}
  for (const slug of [...slugs, ...ANYWHERE]) {
    const { status, title } = PROBLEMS[slug]
    const others = responses[status]
    const line = `\`${slug}\`: ${title}.`
    const examples = { [slug]: { value: { type: `/problems/${slug}`, title, status, request_id: EXAMPLE_ID } } }
    responses[status] = {
      description: others ? `${others.description} ${line}` : line,
      content: {
        'application/problem+json': {
          schema: ProblemSchema,
          examples: { ...others?.content['application/problem+json'].examples, ...examples },
        },
      },
    }
  }
  // The statuses are those of the slugs: they come from the same table.
  return responses as { [K in S as (typeof PROBLEMS)[K]['status']]: ProblemResponse }
}

const EXAMPLE_ID = 'c3899e24-5f1f-44be-b926-0c34af5058d6'

/** What any route can answer. */
const ANYWHERE = ['internal-error', 'unavailable'] as const

/** What any route with a JSON body can answer. */
export const BODY_PROBLEMS = ['malformed-json', 'content-too-large', 'unsupported-media-type', 'invalid-input'] as const
