/** The outermost middleware: the id of the request, the headers of every response, and one log line. */
import type { Context, MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import { log } from '../log.ts'
import type { AppEnv } from './context.ts'
import { setDefaultHeaders } from './headers.ts'

export const logRequest: MiddlewareHandler<AppEnv> = async function logRequest(c, next) {
  const start = Date.now()
  c.set('queryStats', { queries: 0, milliseconds: 0 })
  c.set('requestId', requestIdOf(c))
  setDefaultHeaders(c)
  await next()
  if (c.get('config')?.serverTiming) setServerTiming(c)
  if (isLogged(c)) writeLine(c, start)
}

/** The `X-Request-Id` of the client if it is valid, or a new id. */
function requestIdOf(c: Context<AppEnv>): string {
  const sent = c.req.header('X-Request-Id')
  return sent !== undefined && /^[\w=-]{1,64}$/.test(sent) ? sent : crypto.randomUUID()
}

/** `LOG_SAMPLE_RATE` applies to responses below 500. All others are always logged. */
const isLogged = (c: Context<AppEnv>) => c.res.status >= 500 || Math.random() < (c.get('config')?.logSampleRate ?? 1)

/** Logs the pattern of the route instead of the path, so that no name and no cursor is logged. */
function writeLine(c: Context<AppEnv>, start: number): void {
  const queryStats = c.get('queryStats')
  log('info', 'request', {
    request_id: c.get('requestId'),
    method: c.req.method,
    // The first match handles the request; `*` is a path without a route.
    route: matchedRoutes(c).find(({ method }) => method !== 'ALL')?.path ?? '*',
    status: c.res.status,
    duration_ms: Date.now() - start,
    db_queries: queryStats.queries,
    db_ms: queryStats.milliseconds,
    user_id: c.get('currentUser')?.userId,
  })
}

/** `Server-Timing` with the database's part, for development only (https://www.w3.org/TR/server-timing/). */
function setServerTiming(c: Context<AppEnv>): void {
  const { queries, milliseconds } = c.get('queryStats')
  // Only on success: the time of a failed sign-in must not be observable.
  if (c.res.ok) c.res.headers.set('Server-Timing', `db;dur=${milliseconds};desc="queries: ${queries}"`)
}
