/** The parts that the OpenAPI descriptions of the routes share. */
import { z } from '@hono/zod-openapi'
import { ProblemSchema } from './problem-schema.ts'
import { PROBLEMS, type Slug } from './problem-types.ts'

/** The name, version (that of `package.json`) and description of the service. */
export const SERVICE_INFO = {
  title: 'Postern',
  version: '0.1.0',
  description: 'Accounts and authored content at the edge.',
}

/** A time in a response: RFC 3339, UTC, milliseconds. */
export const timestamp = z.iso.datetime({ precision: 3 }).openapi({ maxLength: 24 })

/** The integer format that holds `max`, for generated clients in typed languages. */
export const integerFormat = (max: number) => (max < 2 ** 31 ? 'int32' : 'int64')

/** An integer in JSON. */
export const integer = (min: number, max: number) =>
  z
    .int()
    .min(min)
    .max(max)
    .openapi({ format: integerFormat(max) })

/** The id of a user or an item. */
export const id = integer(1, Number.MAX_SAFE_INTEGER)

/** A string that a client sends back unchanged: a token or a cursor. */
export const opaque = (max: number) => z.string().min(1).max(max).openapi({ pattern: '^[\\w.-]+$' })

/** A required JSON body. */
export const jsonBody = <T extends z.ZodType>(schema: T) => ({
  body: { required: true, content: { 'application/json': { schema } } } as const,
})

/** A JSON response. */
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

/** The problems that a route can respond with, grouped by status. Every route can respond with `unavailable`. */
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
  // The keys are the statuses of the slugs: both come from `PROBLEMS`.
  return responses as { [K in S as (typeof PROBLEMS)[K]['status']]: ProblemResponse }
}

/** A day: the longest wait is that for the next day of `MAILS_PER_DAY`. */
const seconds = integer(1, 86_400).openapi({ description: 'Seconds to wait.', example: 60 })

/** The headers of the problems of a status. */
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

/** The problems of every route that reads from the database, and of every route that writes to it. */
export const READ_PROBLEMS = ['internal-error'] as const
export const WRITE_PROBLEMS = ['internal-error', 'outcome-unknown'] as const

/** The problems of every route with an optional body, and of every route with a required one. */
export const BODY_PROBLEMS = ['malformed-json', 'content-too-large', 'unsupported-media-type'] as const
export const JSON_BODY_PROBLEMS = [...BODY_PROBLEMS, 'invalid-input'] as const
