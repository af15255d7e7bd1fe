/** The sessions of the current user. */
import { createRoute, z } from '@hono/zod-openapi'
import { requireAuth } from '../accounts/guards.ts'
import { listSessions } from '../accounts/session-list.ts'
import { revokeSession, revokeOtherSessions, MAX_SESSIONS } from '../accounts/session.ts'
import {
  jsonResponse,
  timestamp,
  opaque,
  problemResponses,
  READ_PROBLEMS,
  WRITE_PROBLEMS,
  requestOf,
} from '../http/openapi.ts'
import { createRouter, MAX_ACCOUNT_BODY } from '../http/router.ts'
import { lazy } from '../lazy.ts'
import { text } from '../text.ts'
import { LinkHeader, pageQuery } from './content/parameters.ts'
import { pageOf, pageRequest, pageResponse } from './page.ts'

const EXAMPLE_ID = 'yhKm3E3gBGCXzXhQGJwjNw'

export const Session = lazy(() =>
  z
    .object({
      id: opaque(22).openapi({ example: EXAMPLE_ID }),
      user_agent: text(0, 512).nullable().openapi({ example: 'curl/8.5.0' }),
      created_at: timestamp(),
      last_used_at: timestamp(),
      expires_at: timestamp(),
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

const SessionQuery = lazy(() =>
  z.strictObject({
    ...pageQuery(),
    limit: pageQuery().limit.openapi({ description: 'The page size. Default: 100, which is all of them.' }),
  }),
)

const SessionId = lazy(() =>
  z.strictObject({ id: z.string().openapi({ example: EXAMPLE_ID, pattern: '^[\\w-]+$', maxLength: 22 }) }),
)

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
      request: requestOf({ query: SessionQuery }),
      responses: {
        200: jsonResponse(pageOf('SessionPage', Session), 'The sessions, the last used first.', LinkHeader),
        ...problemResponses('unauthenticated', 'invalid-token', 'invalid-input', ...READ_PROBLEMS),
      },
    }),
    async (c) => {
      const { limit = MAX_SESSIONS, cursor } = c.req.valid('query')
      const currentUser = c.get('currentUser')
      const page = pageRequest(c, { limit, cursor }, { owner: currentUser.userId })
      const rows = await listSessions(c.get('db'), currentUser, page)
      const { items, next_cursor } = pageResponse(c, page, rows, ({ last_used_at, rowid }) => ({
        at: last_used_at.getTime(),
        id: rowid,
      }))
      return c.json({ items: items.map(({ rowid: _, ...session }) => session), next_cursor }, 200)
    },
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
      request: requestOf({ params: SessionId }),
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
