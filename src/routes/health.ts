/** Whether the service can serve: the database responds, and has the migrations of the code. */
import { createRoute, z } from '@hono/zod-openapi'
import { jsonResponse, problemResponses } from '../http/openapi.ts'
import { Problem } from '../http/problem.ts'
import { createRouter } from '../http/router.ts'
import { describeError, log } from '../log.ts'
import { LateError, withTimeout } from '../store/database.ts'
import { compareMigrations } from '../store/migrations.ts'

const Health = z.object({ status: z.literal('ok') }).openapi('Health')

/** The time in which the database has to respond, in milliseconds. */
const TIMEOUT = 2_000

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
      'Asks the database, each time. Responds 503 if the database does not respond within two seconds, or if its migrations are not those of the deployed code. `detail` says which; the names of the migrations are in the log.',
    security: [],
    responses: { 200: jsonResponse(Health, 'The service can serve.'), ...problemResponses('unavailable') },
  }),
  async (c) => {
    const request_id = c.get('requestId')
    const compared = compareMigrations(c.get('db'), c.env.LIBSQL_URL ? 'libsql' : 'd1')
    const { missing, unknown } = await withTimeout(compared, TIMEOUT).catch((error: unknown) => {
      log('error', error instanceof LateError ? 'database-late' : 'database-unreachable', {
        request_id,
        ...describeError(error),
      })
      throw new Problem('unavailable', { detail: error instanceof LateError ? LATE : 'The database does not respond.' })
    })
    if (missing.length > 0 || unknown.length > 0) {
      log('error', 'migrations-differ', { request_id, missing, unknown })
      throw new Problem('unavailable', { detail: missing.length > 0 ? OUTDATED : NEWER })
    }
    return c.json({ status: 'ok' as const }, 200, { 'Cache-Control': 'no-store' })
  },
)
