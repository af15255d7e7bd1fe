/** The health check: the database responds and has the migrations of the code. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Env } from '../config.ts'
import { jsonResponse, problemResponses } from '../http/openapi.ts'
import { Problem } from '../http/problem.ts'
import { createRouter } from '../http/router.ts'
import { lazy } from '../lazy.ts'
import { describeError, log } from '../log.ts'
import { LateError, withTimeout } from '../store/database.ts'
import { compareMigrations } from '../store/migrations.ts'

const Health = lazy(() => z.object({ status: z.literal('ok') }).openapi('Health'))

/** The time limit for the database to respond, in milliseconds. */
const READ_TIMEOUT = 2_000

/** The time limit for a write in milliseconds. It may wait for another transaction, up to 5 seconds on sqld. */
const WRITE_TIMEOUT = 6_000

/** The minimum time between two checks with a write, in milliseconds. */
const WRITE_INTERVAL = 60_000

const lastWrite = new WeakMap<Env, number>()

function isWriteDue(env: Env, now = Date.now()): boolean {
  const isDue = now - (lastWrite.get(env) ?? -Infinity) >= WRITE_INTERVAL
  if (isDue) lastWrite.set(env, now)
  return isDue
}

const OUTDATED = 'The database lacks migrations that the deployed code needs.'
const NEWER = 'The database has migrations that the deployed code does not know.'
const LATE = 'The database does not respond in time.'

export const health = createRouter().openapi(
  createRoute({
    method: 'get',
    path: '/health',
    operationId: 'health',
    tags: ['service'],
    summary: 'Check the health of the service',
    description:
      'Queries the database in each request. Responds 503 if the database does not respond within two seconds (six for the write that is tested once a minute), or if its migrations are not those of the deployed code. `detail` says which; the names of the migrations are in the log.',
    security: [],
    responses: { 200: jsonResponse(Health, 'The service can serve.'), ...problemResponses('unavailable') },
  }),
  async (c) => {
    const request_id = c.get('requestId')
    const write = isWriteDue(c.env)
    const compared = compareMigrations(c.get('db'), c.env.LIBSQL_URL ? 'libsql' : 'd1', { write })
    const { missing, unknown } = await withTimeout(compared, write ? WRITE_TIMEOUT : READ_TIMEOUT).catch(
      (error: unknown) => {
        log('error', error instanceof LateError ? 'database-late' : 'database-unreachable', {
          request_id,
          ...describeError(error),
        })
        // After a failed write the next request writes again.
        lastWrite.delete(c.env)
        throw new Problem('unavailable', {
          detail: error instanceof LateError ? LATE : 'The database does not respond.',
        })
      },
    )
    if (missing.length > 0 || unknown.length > 0) {
      log('error', 'migrations-differ', { request_id, missing, unknown })
      throw new Problem('unavailable', { detail: missing.length > 0 ? OUTDATED : NEWER })
    }
    return c.json({ status: 'ok' as const }, 200, { 'Cache-Control': 'no-store' })
  },
)
