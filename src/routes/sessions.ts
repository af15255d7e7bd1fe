/** The sessions of the current user. */
import { createRoute, z } from '@hono/zod-openapi'
import { requireAuth } from '../accounts/guards.ts'
import { revokeSession, revokeOtherSessions, listSessions } from '../accounts/session.ts'
import { jsonResponse, timestamp, opaque, problemResponses, READ_PROBLEMS, WRITE_PROBLEMS } from '../http/openapi.ts'
import { createRouter, MAX_ACCOUNT_BODY } from '../http/router.ts'
import { lazy } from '../lazy.ts'
import { text } from '../text.ts'

const EXAMPLE_ID = 'yhKm3E3gBGCXzXhQGJwjNw'

export const Session = lazy(() =>
  z
    .object({
      id: opaque(22).openapi({ example: EXAMPLE_ID }),
      user_agent: text(0, 512).nullable().openapi({ example: 'curl/8.5.0' }),
      created_at: timestamp,
      last_used_at: timestamp,
      expires_at: timestamp,
      current: z.boolean().openapi({ description: 'Whether it is the session of the request.' }),
    })
    .openapi('Session', {
      example: {
        id: EXAMPLE_ID,
        user_agent: 'curl/8.5.0',
        created_at: '2026-11-22T09:30:00.000Z',
        last_used_at: '2026-11-22T09:30:00.000Z',
        expires_at: '2026-12-22T09:30:00.000Z',
        current: true,
      },
    }),
)

const Sessions = lazy(() => z.object({ items: z.array(Session()) }).openapi('Sessions'))

const tags = ['sessions']

export const sessions = createRouter({ maxBodyBytes: MAX_ACCOUNT_BODY })
  .openapi(
    createRoute({
      method: 'get',
      path: '/',
      operationId: 'listSessions',
      tags,
      summary: 'List my sessions',
      description:
        'The active sessions, at most 100. A session ends 30 days after sign-in. The oldest session ends when the 101st starts.',
      ...requireAuth,
      responses: {
        200: jsonResponse(Sessions, 'The sessions, the last used first.'),
        ...problemResponses('unauthenticated', 'invalid-token', ...READ_PROBLEMS),
      },
    }),
    async (c) => c.json({ items: await listSessions(c.get('db'), c.get('currentUser')) }, 200),
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/',
      operationId: 'revokeOtherSessions',
      tags,
      summary: 'End my other sessions',
      description: 'The tokens of the other sessions are refused at once.',
      ...requireAuth,
      responses: {
        204: { description: 'The other sessions have ended.' },
        ...problemResponses('unauthenticated', 'invalid-token', ...WRITE_PROBLEMS),
      },
    }),
    async (c) => {
      await revokeOtherSessions(c.get('db'), c.get('caller'), c.get('currentUser'))
      return c.body(null, 204)
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/{id}',
      operationId: 'revokeSession',
      tags,
      summary: 'End one of my sessions',
      description: 'The tokens of the session are refused at once. It can be the session of the request.',
      ...requireAuth,
      request: {
        params: z.strictObject({
          id: z.string().openapi({ example: EXAMPLE_ID, pattern: '^[\\w-]+$', maxLength: 22 }),
        }),
      },
      responses: {
        204: { description: 'The session has ended.' },
        ...problemResponses('unauthenticated', 'invalid-token', 'not-found', ...WRITE_PROBLEMS),
      },
    }),
    async (c) => {
      await revokeSession(c.get('db'), c.get('caller'), c.get('currentUser'), c.req.valid('param').id)
      return c.body(null, 204)
    },
  )
