/** The parts that the OpenAPI descriptions of the routes share. */
import { z } from '@hono/zod-openapi'
import { lazy } from '../lazy.ts'
import { text } from '../text.ts'
import { ProblemSchema } from './problem-schema.ts'
import { PROBLEMS, type Slug } from './problem-types.ts'

/** The name, version (that of `package.json`) and description of the service. */
export const SERVICE_INFO = {
  title: 'Postern',
  version: '0.1.0',
  description: 'Accounts and authored content at the edge.',
}

/** A time in a response: RFC 3339, UTC, milliseconds. */
export const timestamp = lazy(() => z.iso.datetime({ precision: 3 }).openapi({ maxLength: 24 }))

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
export const id = lazy(() => integer(1, Number.MAX_SAFE_INTEGER))

/** A string that a client sends back unchanged: a token or a cursor. */
export const opaque = (max: number) => z.string().min(1).max(max).openapi({ pattern: '^[\\w.-]+$' })

/**
 * The parts of a request. Their schemas are created at the first request of the route or of the OpenAPI document: the
 * schemas of all routes would take 7 ms of the start-up.
 */
export function requestOf<P extends Record<string, () => unknown>>(parts: P): { [K in keyof P]: ReturnType<P[K]> }
export function requestOf(parts: Record<string, () => unknown>) {
  const getters = Object.entries(parts).map(([part, get]) => [part, { get, enumerable: true }])
  return Object.defineProperties({}, Object.fromEntries(getters))
}

/** A required JSON body. */
export const jsonBody =
  <T extends z.ZodType>(schema: () => T) =>
  () => ({ required: true as const, content: { 'application/json': { schema: schema() } } })

/** A JSON body that can be left out. */
export const optionalJsonBody =
  <T extends z.ZodType>(schema: () => T) =>
  () => ({ content: { 'application/json': { schema: schema() } } })

/** A JSON response; its schema and its headers can be lazy. Further media types are in `others`. */
export const jsonResponse = <T extends z.ZodType, H extends z.ZodObject, O extends object = object>(
  schema: T | (() => T),
  description: string,
  headers?: H | (() => H),
  others?: () => O,
) =>
  withHeaders(
    {
      description,
      get content(): { 'application/json': { schema: T } } & O {
        return Object.assign({ 'application/json': { schema: valueOf(schema) } }, others?.())
      },
    },
    headers && (() => valueOf(headers)),
  )

/** Adds lazy headers. (A getter in an object that is spread would be evaluated.) */
export function withHeaders<R extends object, H extends z.ZodObject>(
  response: R,
  headers: (() => H) | undefined,
): R & { headers?: H } {
  return headers ? Object.defineProperty(response, 'headers', { get: headers, enumerable: true }) : response
}

const valueOf = <T extends z.ZodType>(schema: T | (() => T)): T => (typeof schema === 'function' ? schema() : schema)

type ProblemResponse = {
  description: string
  headers?: z.ZodObject
  content: {
    'application/problem+json': {
      schema: ReturnType<typeof ProblemSchema>
      examples: Record<string, { value: object }>
    }
  }
}

/** The problems that a route can respond with, grouped by status. Every route can respond with `unavailable`. */
export function problemResponses<S extends Slug>(...slugs: S[]) {
  const responses: Record<number, ProblemResponse> = {}
  for (const [status, group] of Map.groupBy(
    new Set([...slugs, 'unavailable'] as const),
    (slug) => PROBLEMS[slug].status,
  )) {
    const response = {
      get description() {
        return group.map((slug) => `\`${slug}\`: ${PROBLEMS[slug].title}.`).join(' ')
      },
      get content() {
        const examples = Object.fromEntries(group.map((slug) => [slug, { value: exampleOf(slug) }]))
        return { 'application/problem+json': { schema: ProblemSchema(), examples } }
      },
    }
    responses[status] = withHeaders(response, HEADERS[status])
  }
  // The keys are the statuses of the slugs: both come from `PROBLEMS`.
  return responses as { [K in S as (typeof PROBLEMS)[K]['status']]: ProblemResponse }
}

function exampleOf(slug: Slug) {
  const { status, title } = PROBLEMS[slug]
  return { type: `/problems/${slug}`, code: slug, title, status, request_id: EXAMPLE_ID }
}

/** At most a day: the longest wait is for the next day of `MAILS_PER_DAY`. */
const seconds = () => integer(1, 86_400).openapi({ description: 'Seconds to wait.', example: 60 })

/** A header with one value. It is a pattern and not an enum, because ogen confuses the types of enums in headers. */
const fixed = (value: string) =>
  z
    .string()
    .optional()
    .openapi({ pattern: `^${value}$`, maxLength: value.length, example: value })

/** The headers of the problems of a status. */
const HEADERS: Record<number, () => z.ZodObject> = {
  401: lazy(() =>
    z.object({
      'WWW-Authenticate': z
        .string()
        .openapi({ example: 'Bearer realm="postern"', pattern: '^Bearer ', maxLength: 100 }),
    }),
  ),
  415: lazy(() =>
    z.object({
      Accept: fixed('application/json'),
      'Accept-Encoding': fixed('identity'),
    }),
  ),
  // Always sent with 429. Optional, because ogen has one type for all responses with this header.
  429: lazy(() => z.object({ 'Retry-After': seconds().optional() })),
  503: lazy(() => z.object({ 'Retry-After': seconds().optional() })),
}

const EXAMPLE_ID = 'c3899e24-5f1f-44be-b926-0c34af5058d6'

/** The problems of every route that reads from the database, and of every route that writes to it. */
export const READ_PROBLEMS = ['internal-error'] as const
export const WRITE_PROBLEMS = ['internal-error', 'outcome-unknown'] as const

/** The problems of every route with an optional body, and of every route with a required one. */
export const BODY_PROBLEMS = ['malformed-json', 'content-too-large', 'unsupported-media-type'] as const
export const JSON_BODY_PROBLEMS = [...BODY_PROBLEMS, 'invalid-input'] as const

/** A token of the Turnstile widget, which `requireChallenge` verifies. */
export const TurnstileToken = lazy(() =>
  text(1, 2_048)
    .nullish()
    .openapi({ description: 'A token of the Turnstile widget. Required if the service has `TURNSTILE_SECRET`.' }),
)
