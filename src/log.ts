/** Structured log lines, and how an error is told without what must not be told. */
import { DrizzleQueryError } from 'drizzle-orm/errors'
import type { MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { AppEnv } from './env.ts'

type Level = 'info' | 'warn' | 'error'

/** One line of JSON, so that no value can start a line of its own. */
export function log(level: Level, event: string, fields: Record<string, unknown>): void {
  console[level](JSON.stringify({ level, event, ...fields }))
}

/**
 * What a log may know of an error. The message of a `DrizzleQueryError` holds the statement and its parameters (hashes,
 * addresses), and a stack repeats the message: so only the cause speaks, and only the frames are kept.
 */
export function describeError(error: unknown) {
  if (!(error instanceof Error)) return { error: typeof error }
  const cause = error instanceof DrizzleQueryError ? error.cause : error
  // The stack begins with the message, and a message may have lines that look like frames.
  const frames = error.stack
    ?.replace(error.message, '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
  return {
    error: error.name,
    message: cause?.message.slice(0, 300),
    stack: frames?.slice(0, 8).map((line) => line.trim()),
  }
}

/** One line a request. The path is the route's pattern, so that no name and no cursor is logged. */
export const logRequest: MiddlewareHandler<AppEnv> = async function logRequest(c, next) {
  const start = Date.now()
  const meter = { trips: 0, milliseconds: 0 }
  c.set('meter', meter)
  await next()
  log('info', 'request', {
    request_id: c.get('requestId'),
    method: c.req.method,
    // The first that fits is the one that answers; what nothing fits is `*`.
    route: matchedRoutes(c).find(({ method }) => method !== 'ALL')?.path ?? '*',
    status: c.res.status,
    duration_ms: Date.now() - start,
    db_trips: meter.trips,
    db_ms: meter.milliseconds,
    user_id: c.get('viewer')?.userId,
  })
}

/** What the store took, for the developer's own browser (https://www.w3.org/TR/server-timing/); not in production. */
export const tellTiming: MiddlewareHandler<AppEnv> = async function tellTiming(c, next) {
  await next()
  const { trips, milliseconds } = c.get('meter')
  // Of what went well only: a sign-in that fails tells nothing.
  if (c.res.ok && c.get('config')?.tellsTiming)
    c.header('Server-Timing', `db;dur=${milliseconds};desc="${trips} round trips"`)
}
