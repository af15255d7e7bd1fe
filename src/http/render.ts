/** Turns an error into a response (RFC 9457). No other file does. */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { ConfigError } from '../config.ts'
import { describeError, log } from '../log.ts'
import { findDatabaseUnavailable } from '../store/round-trip.ts'
import type { AppEnv } from './context.ts'
import { PROBLEMS, type Slug } from './problem-types.ts'
import { Problem } from './problem.ts'

/** Renders an error. An error that is not a `Problem` is logged, and its response contains only the request id. */
export function renderProblem(error: unknown, c: Context<AppEnv>): Response {
  const { slug, details } = toProblem(error, c)
  const { status, title } = PROBLEMS[slug]
  const { headers = {}, ...rest } = details
  const challenge = CHALLENGES[slug]
  const body = { type: `/problems/${slug}`, code: slug, title, status, ...rest, request_id: c.get('requestId') }
  return c.body(JSON.stringify(body), status, {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    ...(challenge && { 'WWW-Authenticate': challenge }),
    ...headers,
  })
}

/** `WWW-Authenticate` by slug. RFC 6750 §3: no error code if the request had no token. */
const CHALLENGES: Partial<Record<Slug, string>> = {
  unauthenticated: 'Bearer realm="postern"',
  'invalid-token': 'Bearer realm="postern", error="invalid_token"',
  'invalid-credentials': 'Bearer realm="postern"',
  'invalid-refresh-token': 'Bearer realm="postern"',
  'invalid-mail-token': 'Bearer realm="postern"',
}

/** The problem for an error. Logs an error that is not a `Problem`. */
export function toProblem(error: unknown, c: Context<AppEnv>): Problem {
  if (error instanceof Problem) return error
  // Thrown by `hono/jwt`.
  if (error instanceof HTTPException && error.status === 401) return new Problem('invalid-token')
  const unavailable = findDatabaseUnavailable(error)
  const failure = unavailable && { failure: unavailable.failure }
  log('error', 'failure', { request_id: c.get('requestId'), ...failure, ...describeError(error) })
  if (unavailable?.failure === 'lost' && !unavailable.readOnly) return new Problem('outcome-unknown')
  if (unavailable) return new Problem('unavailable', { headers: { 'Retry-After': String(RETRY_SECONDS) } })
  return new Problem(error instanceof ConfigError ? 'unavailable' : 'internal-error')
}

/** The `Retry-After` of a response while the database is unavailable, in seconds. */
const RETRY_SECONDS = 2
