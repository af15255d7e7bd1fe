/** Operators: reports, and hiding items of each content type. */
import { createRoute, z } from '@hono/zod-openapi'
import { requireAuth } from '../accounts/guards.ts'
import { entityTag, ifMatchVersions } from '../http/conditional.ts'
import {
  JSON_BODY_PROBLEMS,
  jsonBody,
  jsonResponse,
  problemResponses,
  READ_PROBLEMS,
  WRITE_PROBLEMS,
  requestOf,
  optionalJsonBody,
} from '../http/openapi.ts'
import { createRouter, MAX_ACCOUNT_BODY } from '../http/router.ts'
import { lazy } from '../lazy.ts'
import { hideItem, unhideItem } from '../operators/hiding.ts'
import { listReports, updateReport } from '../operators/reports.ts'
import { contentTables, reports } from '../store/schema.ts'
import { ETagHeader, IdParameter, IfMatch, LinkHeader, pageQuery } from './content/parameters.ts'
import { Decision, OptionalDecision, Report, ReportUpdate } from './operator-schema.ts'
import { byId, pageOf, pageRequest, pageResponse } from './page.ts'

const tags = ['operators']
const GUARD_PROBLEMS = ['unauthenticated', 'invalid-token', 'not-found', 'invalid-input'] as const
const CHANGE_PROBLEMS = [...GUARD_PROBLEMS, 'version-conflict', ...JSON_BODY_PROBLEMS, ...WRITE_PROBLEMS] as const

const ReportQuery = lazy(() =>
  z.strictObject({
    ...pageQuery(),
    status: z.enum(reports.status.enumValues).optional().openapi({ description: 'Default: `open`.' }),
  }),
)

export const operatorReports = createRouter({ maxBodyBytes: MAX_ACCOUNT_BODY })
  .openapi(
    createRoute({
      method: 'get',
      path: '/',
      operationId: 'listReports',
      tags,
      summary: 'Read the queue of reports',
      description: 'What users reported, oldest first.',
      ...requireAuth,
      request: requestOf({ query: ReportQuery }),
      responses: {
        200: jsonResponse(pageOf('ReportPage', Report), 'A page of reports.', LinkHeader),
        ...problemResponses(...GUARD_PROBLEMS, ...READ_PROBLEMS),
      },
    }),
    async (c) => {
      const { status = 'open' } = c.req.valid('query')
      const page = pageRequest(c, c.req.valid('query'))
      const rows = await listReports(c.get('db'), c.get('currentUser'), status, page)
      return c.json(pageResponse(c, page, rows, byId), 200)
    },
  )
  .openapi(
    createRoute({
      method: 'patch',
      path: '/{id}',
      operationId: 'updateReport',
      tags,
      summary: 'Resolve a report, or open it again',
      description: 'Resolving requires a `note`. With `If-Match`, only the version that was read.',
      ...requireAuth,
      request: requestOf({ params: IdParameter, headers: IfMatch, body: jsonBody(ReportUpdate) }),
      responses: { 200: jsonResponse(Report, 'The report.', ETagHeader), ...problemResponses(...CHANGE_PROBLEMS) },
    }),
    async (c) => {
      const target = { id: c.req.valid('param').id, versions: ifMatchVersions(c.req.valid('header')['if-match']) }
      const report = await updateReport(c.get('db'), c.get('caller'), target, c.get('currentUser'), c.req.valid('json'))
      return c.json(report, 200, { ETag: entityTag(report) })
    },
  )

/** The routes of one content type: `/operator/posts/{id}/hidden`. */
function hidingRoutes(type: string, table: (typeof contentTables)[keyof typeof contentTables]) {
  const name = `${type.charAt(0).toUpperCase()}${type.slice(1)}`
  const target = { params: IdParameter, headers: IfMatch }
  return createRouter({ maxBodyBytes: MAX_ACCOUNT_BODY })
    .openapi(
      createRoute({
        method: 'put',
        path: '/{id}/hidden',
        operationId: `hide${name}`,
        tags,
        summary: `Hide an item of ${type}`,
        description:
          'Only its author and operators can see the item. The author sees the reason and cannot show the item again. Requires a recent proof of the password.',
        ...requireAuth,
        request: requestOf({ ...target, body: jsonBody(Decision) }),
        responses: {
          204: { description: 'The item is hidden.' },
          ...problemResponses(...CHANGE_PROBLEMS, 'reauthentication-required'),
        },
      }),
      async (c) => {
        const item = { id: c.req.valid('param').id, versions: ifMatchVersions(c.req.valid('header')['if-match']) }
        await hideItem(c.get('db'), c.get('caller'), table, item, c.get('currentUser'), c.req.valid('json').reason)
        return c.body(null, 204)
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/{id}/hidden',
        operationId: `unhide${name}`,
        tags,
        summary: `Show a hidden item of ${type} again`,
        description: 'It is where it was: a published item is in lists and search again, a draft stays a draft.',
        ...requireAuth,
        request: requestOf({ ...target, body: optionalJsonBody(OptionalDecision) }),
        responses: { 204: { description: 'The item is not hidden.' }, ...problemResponses(...CHANGE_PROBLEMS) },
      }),
      async (c) => {
        const item = { id: c.req.valid('param').id, versions: ifMatchVersions(c.req.valid('header')['if-match']) }
        const { reason = null } = c.req.valid('json')
        await unhideItem(c.get('db'), c.get('caller'), table, item, c.get('currentUser'), reason)
        return c.body(null, 204)
      },
    )
}

export const hidingRoutesByType = Object.entries(contentTables).map(([type, table]) => ({
  path: `/${type}`,
  routes: hidingRoutes(type, table),
}))
