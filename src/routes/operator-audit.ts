/** Operators: the audit log. */
import { createRoute, z } from '@hono/zod-openapi'
import { listAuditEntries } from '../accounts/audit-log.ts'
import { requireAuth } from '../accounts/guards.ts'
import { jsonResponse, problemResponses, READ_PROBLEMS, requestOf } from '../http/openapi.ts'
import { createRouter } from '../http/router.ts'
import { lazy } from '../lazy.ts'
import { LinkHeader, pageQuery } from './content/parameters.ts'
import { AuditEntry, Reference } from './operator-schema.ts'
import { byId, pageOf, pageRequest, pageResponse } from './page.ts'

const AuditQuery = lazy(() =>
  z.strictObject({
    ...pageQuery(),
    subject: Reference().optional().openapi({ description: 'What was acted on: `user:1`, `posts:34`, `report:5`.' }),
    actor: Reference().optional().openapi({ description: 'Who acted: `user:1` or `cli`.' }),
  }),
)

export const operatorAudit = createRouter().openapi(
  createRoute({
    method: 'get',
    path: '/',
    operationId: 'listAuditLog',
    tags: ['operators'],
    summary: 'Read the audit log',
    description: 'Who did what, when and why, newest first. Entries cannot be changed, and are kept for 400 days.',
    ...requireAuth,
    request: requestOf({ query: AuditQuery }),
    responses: {
      200: jsonResponse(pageOf('AuditPage', AuditEntry), 'A page of the audit log.', LinkHeader),
      ...problemResponses('unauthenticated', 'invalid-token', 'not-found', 'invalid-input', ...READ_PROBLEMS),
    },
  }),
  async (c) => {
    const { subject, actor } = c.req.valid('query')
    const page = pageRequest(c, c.req.valid('query'))
    const rows = await listAuditEntries(c.get('db'), c.get('currentUser'), { subject, actor }, page)
    return c.json(pageResponse(c, page, rows, byId), 200)
  },
)
