/** The health check. */
import { createRoute, z } from '@hono/zod-openapi'
import { jsonResponse, problemResponses } from '../http/openapi.ts'
import { Problem } from '../http/problem.ts'
import { createRouter } from '../http/router.ts'
import { describeError, log } from '../log.ts'
import { ping } from '../store/database.ts'

const Health = z.object({ status: z.literal('ok') }).openapi('Health')

export const health = createRouter().openapi(
  createRoute({
    method: 'get',
    path: '/health',
    operationId: 'health',
    tags: ['service'],
    summary: 'Check the health of the service',
    description: 'Sends one query to the database.',
    security: [],
    responses: {
      200: jsonResponse(Health, 'The service and its database respond.'),
      ...problemResponses('unavailable'),
    },
  }),
  async (c) => {
    await ping(c.get('db')).catch((error: unknown) => {
      log('error', 'database-unreachable', { request_id: c.get('requestId'), ...describeError(error) })
      throw new Problem('unavailable', { detail: 'The database does not respond.' })
    })
    return c.json({ status: 'ok' as const }, 200, { 'Cache-Control': 'no-store' })
  },
)
