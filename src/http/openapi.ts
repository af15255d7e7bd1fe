/** What the routes say of themselves: the parts that their descriptions share. */
import { z } from '@hono/zod-openapi'
import { ProblemSchema } from './problem-schema.ts'
import { PROBLEMS, type Slug } from './problem-types.ts'

/** The service in a line; the version is that of `package.json`. */
export const SERVICE_INFO = {
  title: 'Postern',
  version: '0.1.0',
  description: 'Accounts and authored content at the edge.',
}

/** A time on the wire: RFC 3339, UTC, milliseconds. */
export const timestamp = z.iso.datetime({ precision: 3 }).openapi({ maxLength: 24 })

/** What holds a whole number up to `max`, for clients in languages that ask. */
export const integerFormat = (max: number) => (max < 2 ** 31 ? 'int32' : 'int64')

/** A whole number on the wire. */
export const integer = (min: number, max: number) =>
  z
    .int()
    .min(min)
    .max(max)
    .openapi({ format: integerFormat(max) })

/** What the store counts users and items by. */
export const id = integer(1, Number.MAX_SAFE_INTEGER)

/** A string that a client only hands back, whatever is in it: a token, a cursor. */
export const opaque = (max: number) => z.string().min(1).max(max).openapi({ pattern: '^[\\w.-]+$' })

/** A JSON body that has to be there (without `required` nothing would be checked where there is none). */
export const jsonBody = <T extends z.ZodType>(schema: T) => ({
  body: { required: true, content: { 'application/json': { schema } } } as const,
})

/** A JSON answer. */
export const jsonResponse = <T extends z.ZodType, H extends z.ZodObject>(
  schema: T,
  description: string,
  headers?: H,
) => ({
  description,
  content: { 'application/json': { schema } },
  ...(headers && { headers }),
})

type ProblemExample = { value: z.infer<typeof ProblemSchema> }
type ProblemResponse = {
  description: string
  headers?: z.ZodObject
  content: { 'application/problem+json': { schema: typeof ProblemSchema; examples: Record<string, ProblemExample> } }
}

/** The problems that a route can answer with, by status; those of one status stand side by side. Any can be `unavailable`. */
export function problemResponses<S extends Slug>(...slugs: S[]) {
  const responses: Record<number, ProblemResponse> = {}
  for (const slug of new Set([...slugs, 'unavailable'] as const)) {
    const { status, title } = PROBLEMS[slug]
    const others = responses[status]
    const line = `\`${slug}\`: ${title}.`
    const examples = {
      [slug]: { value: { type: `/problems/${slug}`, code: slug, title, status, request_id: EXAMPLE_ID } },
    }
    responses[status] = {
      description: others ? `${others.description} ${line}` : line,
      ...(status in HEADERS && { headers: HEADERS[status] }),
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

const seconds = integer(1, 900).openapi({ description: 'Seconds to wait.', example: 60 })

/** What comes with the problems of a status. */
const HEADERS: Record<number, z.ZodObject> = {
  401: z.object({
    'WWW-Authenticate': z.string().openapi({ example: 'Bearer realm="postern"', pattern: '^Bearer ', maxLength: 100 }),
  }),
  415: z.object({
    Accept: z.literal('application/json').optional(),
    'Accept-Encoding': z.literal('identity').optional(),
  }),
  429: z.object({ 'Retry-After': seconds }),
  503: z.object({ 'Retry-After': seconds.optional() }),
}

const EXAMPLE_ID = 'c3899e24-5f1f-44be-b926-0c34af5058d6'

/** What any route that asks the store can answer, and any that has it write. */
export const READ_PROBLEMS = ['internal-error'] as const
export const WRITE_PROBLEMS = ['internal-error', 'outcome-unknown'] as const

/** What any route can answer to a body, and any that takes one. */
export const BODY_PROBLEMS = ['malformed-json', 'content-too-large', 'unsupported-media-type'] as const
export const JSON_BODY_PROBLEMS = [...BODY_PROBLEMS, 'invalid-input'] as const
