/** Problems: what can go wrong, how it is thrown, how it is rendered (RFC 9457) and how it is documented. */
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ZodError } from 'zod'
import { ConfigError, type AppEnv } from './env.ts'
import { describeError, log } from './log.ts'

/** Each problem type, by its slug: what it is, and what to do about it. A slug never changes its meaning. */
export const PROBLEMS = {
  'malformed-json': {
    status: 400,
    title: 'The body is not JSON',
    remedy: 'Send a body that is JSON (RFC 8259) in UTF-8, without a byte order mark.',
  },
  unauthenticated: {
    status: 401,
    title: 'This needs a signed-in user',
    remedy: 'Sign in, and send the access token as `Authorization: Bearer <access_token>`.',
  },
  'invalid-token': {
    status: 401,
    title: 'The access token does not hold',
    remedy:
      'Exchange the refresh token for a new pair; where that fails, sign in again. The token is expired, or its session is over.',
  },
  'invalid-credentials': {
    status: 401,
    title: 'These credentials do not fit',
    remedy: 'Check the name and the password. Which of them is wrong is not said.',
  },
  'invalid-refresh-token': {
    status: 401,
    title: 'The refresh token does not hold',
    remedy: 'Sign in again. A refresh token is good once, and its session ends 30 days after sign-in.',
  },
  'wrong-password': {
    status: 403,
    title: 'That is not the current password',
    remedy: 'Send the password that one signs in with.',
  },
  forbidden: { status: 403, title: 'This is another’s', remedy: 'Only its author can change it.' },
  'not-found': {
    status: 404,
    title: 'There is nothing here',
    remedy: 'Check the path. What may not be known of is not there either.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This resource does not know that method',
    remedy: 'Use one of the methods in the `Allow` header.',
  },
  'username-taken': {
    status: 409,
    title: 'The username is taken',
    remedy: 'Choose another. Case and spelling variants of a name are one name.',
  },
  'email-taken': {
    status: 409,
    title: 'The e-mail address is taken',
    remedy: 'Sign in to the account that has it, or use another.',
  },
  'version-conflict': {
    status: 412,
    title: 'It was changed meanwhile',
    remedy: 'Read it again, and send the change with the `ETag` it has now as `If-Match`.',
  },
  'content-too-large': {
    status: 413,
    title: 'The body is too large',
    remedy: 'Send less; `detail` says how much may be sent.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body has to be application/json',
    remedy: 'Send `Content-Type: application/json`.',
  },
  'invalid-input': {
    status: 422,
    title: 'The input breaks a rule',
    remedy: 'Mend what `errors` names: a JSON Pointer into the body, or a parameter.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The key was used for another request',
    remedy: 'Use a new `Idempotency-Key` for each request that differs.',
  },
  'too-many-guesses': {
    status: 429,
    title: 'Too many wrong passwords; wait',
    remedy: 'Wait as many seconds as `Retry-After` says. Sessions that live are not touched.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests; wait',
    remedy: 'Wait as many seconds as `Retry-After` says.',
  },
  'internal-error': {
    status: 500,
    title: 'Something went wrong here',
    remedy: 'Try again later, and tell the `request_id` to whoever runs the service.',
  },
  unavailable: {
    status: 503,
    title: 'The service cannot answer now',
    remedy: 'Try again later. The store does not answer, or the service is not set up.',
  },
} as const

export type Slug = keyof typeof PROBLEMS

export const isSlug = (name: string): name is Slug => Object.hasOwn(PROBLEMS, name)

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

const unsupportedMediaType = () => new Problem('unsupported-media-type', { headers: { Accept: 'application/json' } })

/** The hook of every validator: all the faults of a body, a query or a path at once. */
export function refuseInvalid(result: { target: string; success: boolean; error?: ZodError }, c: Context): undefined {
  if (result.success || !result.error) return
  // Without a body there is nothing to point into.
  if (result.target === 'json' && c.req.header('Content-Type') === undefined) {
    throw new Problem('malformed-json', { detail: 'A JSON body is needed, and none was sent.' })
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
