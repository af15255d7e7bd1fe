/** One log line for each request, and `Server-Timing` for developers. */
import type { MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import { log } from '../log.ts'
import type { AppEnv } from './context.ts'

/** One line a request. The path is the route's pattern, so that no name and no cursor is logged. */
export const logRequest: MiddlewareHandler<AppEnv> = async function logRequest(c, next) {
  const start = Date.now()
  const queryStats = { queries: 0, milliseconds: 0 }
  c.set('queryStats', queryStats)
  await next()
  log('info', 'request', {
    request_id: c.get('requestId'),
    method: c.req.method,
    // The first that fits is the one that answers; what nothing fits is `*`.
    route: matchedRoutes(c).find(({ method }) => method !== 'ALL')?.path ?? '*',
    status: c.res.status,
    duration_ms: Date.now() - start,
    db_queries: queryStats.queries,
    db_ms: queryStats.milliseconds,
    user_id: c.get('currentUser')?.userId,
  })
}

/** What the store took, for the developer's own browser (https://www.w3.org/TR/server-timing/); not in production. */
export const serverTiming: MiddlewareHandler<AppEnv> = async function tellTiming(c, next) {
  await next()
  const { queries, milliseconds } = c.get('queryStats')
  // Of what went well only: a sign-in that fails tells nothing.
  if (c.res.ok && c.get('config')?.serverTiming)
    c.header('Server-Timing', `db;dur=${milliseconds};desc="${queries} queries"`)
}
