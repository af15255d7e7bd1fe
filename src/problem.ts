/** Problems: what can go wrong, how it is thrown, how it is rendered (RFC 9457) and how it is documented. */
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ZodError } from 'zod'
import { ConfigError, type AppEnv } from './env.ts'
import { describeError, log } from './log.ts'
import { PROBLEMS, type Slug } from './problem-types.ts'
import { text } from './text.ts'
import { outageIn } from './trip.ts'

/** One fault of the input: where it is (a JSON Pointer into the body, or a parameter) and what it is. */
export type Fault = { pointer: string; detail: string } | { parameter: string; detail: string }

type ProblemDetails = { detail?: string; errors?: Fault[]; headers?: Record<string, string> }

/** Throw one from anywhere; `render` makes the answer of it. */
export class Problem extends Error {
  override name = 'Problem'
  readonly slug: Slug
  readonly details: ProblemDetails

  constructor(slug: Slug, details: ProblemDetails = {}) {
    super(details.detail ?? PROBLEMS[slug].title)
    this.slug = slug
    this.details = details
  }
}

/** The one place where an error becomes an answer. What is not a `Problem` is logged, and says nothing but its id. */
export function render(error: unknown, c: Context<AppEnv>): Response {
  const { slug, details } = toProblem(error, c)
  const { status, title } = PROBLEMS[slug]
  const { headers = {}, ...rest } = details
  const challenge = CHALLENGES[slug]
  const body = { type: `/problems/${slug}`, title, status, ...rest, request_id: c.get('requestId') }
  return c.body(JSON.stringify(body), status, {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    ...(challenge && { 'WWW-Authenticate': challenge }),
    ...headers,
  })
}

/** RFC 6750 §3: no error code where no token was sent. */
const CHALLENGES: Partial<Record<Slug, string>> = {
  unauthenticated: 'Bearer realm="postern"',
  'invalid-token': 'Bearer realm="postern", error="invalid_token"',
  'invalid-credentials': 'Bearer realm="postern"',
  'invalid-refresh-token': 'Bearer realm="postern"',
}

function toProblem(error: unknown, c: Context<AppEnv>): Problem {
  if (error instanceof Problem) return error
  // The validators throw these for a body that is empty, and for an empty one that is declared as something else.
  if (error instanceof HTTPException && error.status === 400) return new Problem('malformed-json', NO_BODY)
  if (error instanceof HTTPException && error.status === 415) return unsupportedMediaType()
  const outage = outageIn(error)
  const failure = outage && { failure: outage.failure }
  log('error', 'failure', { request_id: c.get('requestId'), ...failure, ...describeError(error) })
  if (outage?.failure === 'lost' && !outage.onlyReads) return new Problem('outcome-unknown')
  if (outage) return new Problem('unavailable', { headers: { 'Retry-After': String(RETRY_SECONDS) } })
  return new Problem(error instanceof ConfigError ? 'unavailable' : 'internal-error')
}

/** What a client is told to wait while the store cannot answer, in seconds. */
const RETRY_SECONDS = 2

const NO_BODY = { detail: 'A JSON body is needed, and none was sent.' }

export const unsupportedMediaType = () =>
  new Problem('unsupported-media-type', { headers: { Accept: 'application/json' } })

/** The hook of every validator: all the faults of a body, a query or a path at once. */
export function refuseInvalid(result: { target: string; success: boolean; error?: ZodError }, c: Context): undefined {
  if (result.success || !result.error) return
  // Without a body there is nothing to point into.
  if (result.target === 'json' && c.req.header('Content-Type') === undefined) {
    throw new Problem('malformed-json', NO_BODY)
  }
  throw new Problem('invalid-input', { errors: faults(result.error, result.target === 'json') })
}

/** So many faults are told, and of a name so many characters: what is sent is not sent back many times over. */
const MAX_FAULTS = 50
const MAX_NAME = 100

function faults(error: ZodError, inBody: boolean): Fault[] {
  const at = (path: PropertyKey[], detail: string): Fault =>
    inBody ? { pointer: toPointer(path), detail } : { parameter: shorten(path[0] ?? ''), detail }
  return error.issues
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.slice(0, MAX_FAULTS).map((key) => at([...issue.path, key], 'Is not known here.'))
        : at(issue.path, issue.message),
    )
    .slice(0, MAX_FAULTS)
}

const shorten = (name: PropertyKey) => String(name).slice(0, MAX_NAME).toWellFormed()

/** RFC 6901 §6: a JSON Pointer in URI fragment form. */
const toPointer = (path: PropertyKey[]) =>
  `#${path.map((key) => `/${encodeURIComponent(shorten(key).replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')}`

/** What problem it is, and with which status it comes. */
export const ProblemType = z.string().openapi({ format: 'uri-reference', maxLength: 100 })
export const ErrorStatus = z.int().min(400).max(599).openapi({ format: 'int32' })

const detail = text(1, 500)

export const ProblemSchema = z
  .object({
    type: ProblemType.openapi({ description: 'Names the kind of problem, and never changes.' }),
    title: text(1, 100),
    status: ErrorStatus,
    detail: detail.optional(),
    errors: z
      .array(
        z.union([
          z.object({ pointer: z.string().openapi({ format: 'uri-reference', maxLength: 1_000 }), detail }),
          z.object({ parameter: z.string().max(MAX_NAME), detail }),
        ]),
      )
      .max(MAX_FAULTS)
      .optional()
      .openapi({ description: 'Every fault of the input: a JSON Pointer into the body, or the name of a parameter.' }),
    request_id: z.string().openapi({ pattern: '^[\\w=-]+$', maxLength: 64 }),
  })
  .openapi('Problem')
