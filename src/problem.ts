/** Problems: what can go wrong, how it is thrown, how it is rendered (RFC 9457) and how it is documented. */
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ZodError } from 'zod'
import { ConfigError, type AppEnv } from './env.ts'
import { describeError, log } from './log.ts'

/** Each problem type, by its slug. A slug is part of the contract and never changes its meaning. */
export const PROBLEMS = {
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  unauthenticated: { status: 401, title: 'This needs a signed-in user' },
  'invalid-token': { status: 401, title: 'The access token does not hold' },
  'invalid-credentials': { status: 401, title: 'These credentials do not fit' },
  'invalid-refresh-token': { status: 401, title: 'The refresh token does not hold' },
  'wrong-password': { status: 403, title: 'That is not the current password' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, title: 'This resource does not know that method' },
  'username-taken': { status: 409, title: 'The username is taken' },
  'email-taken': { status: 409, title: 'The e-mail address is taken' },
  'content-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body has to be application/json' },
  'invalid-input': { status: 422, title: 'The input breaks a rule' },
  'too-many-guesses': { status: 429, title: 'Too many wrong passwords; wait' },
  'too-many-requests': { status: 429, title: 'Too many requests; wait' },
  'internal-error': { status: 500, title: 'Something went wrong here' },
  unavailable: { status: 503, title: 'The service cannot answer now' },
} as const

export type Slug = keyof typeof PROBLEMS

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
  // The validators throw these for a body that does not parse, or is of another media type.
  if (error instanceof HTTPException && error.status === 400) return new Problem('malformed-json')
  if (error instanceof HTTPException && error.status === 415) return unsupportedMediaType()
  log('error', 'failure', { request_id: c.get('requestId'), ...describeError(error) })
  return new Problem(error instanceof ConfigError ? 'unavailable' : 'internal-error')
}

export const unsupportedMediaType = () =>
  new Problem('unsupported-media-type', { headers: { Accept: 'application/json' } })

/** The hook of every validator: all the faults of a body, a query or a path at once. */
export function refuseInvalid(result: { target: string; success: boolean; error?: ZodError }, c: Context): undefined {
  if (result.success || !result.error) return
  // Without a body there is nothing to point into.
  if (result.target === 'json' && c.req.header('Content-Type') === undefined) {
    throw new Problem('malformed-json', { detail: 'A JSON body is needed, and none was sent.' })
  }
  throw new Problem('invalid-input', { errors: faults(result.error, result.target === 'json') })
}

function faults(error: ZodError, inBody: boolean): Fault[] {
  return error.issues.flatMap((issue) => {
    const at = (path: PropertyKey[], detail: string): Fault =>
      inBody ? { pointer: toPointer(path), detail } : { parameter: String(path[0] ?? ''), detail }
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => at([...issue.path, key], 'Is not known here.'))
      : at(issue.path, issue.message)
  })
}

/** RFC 6901 §6: a JSON Pointer in URI fragment form. */
const toPointer = (path: PropertyKey[]) =>
  `#${path.map((key) => `/${encodeURIComponent(String(key).replaceAll('~', '~0').replaceAll('/', '~1').toWellFormed())}`).join('')}`

export const ProblemSchema = z
  .object({
    type: z.string().openapi({ format: 'uri-reference', description: 'Names the kind of problem, and never changes.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    errors: z
      .array(
        z.union([
          z.object({ pointer: z.string(), detail: z.string() }),
          z.object({ parameter: z.string(), detail: z.string() }),
        ]),
      )
      .optional()
      .openapi({ description: 'Every fault of the input: a JSON Pointer into the body, or the name of a parameter.' }),
    request_id: z.string(),
  })
  .openapi('Problem')
