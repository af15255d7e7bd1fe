/** One log line for each request, and `Server-Timing` for developers. */
import type { MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import { log } from '../log.ts'
import type { AppEnv } from './context.ts'

/** One line for each request. The path is the route's pattern, so that no name and no cursor is logged. */
export const logRequest: MiddlewareHandler<AppEnv> = async function logRequest(c, next) {
  const start = Date.now()
  const queryStats = { queries: 0, milliseconds: 0 }
  c.set('queryStats', queryStats)
  await next()
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
export const serverTiming: MiddlewareHandler<AppEnv> = async function tellTiming(c, next) {
  await next()
  const { queries, milliseconds } = c.get('queryStats')
  // Only on success: the time of a failed sign-in must not be observable.
  if (c.res.ok && c.get('config')?.serverTiming)
    c.header('Server-Timing', `db;dur=${milliseconds};desc="queries: ${queries}"`)
}
