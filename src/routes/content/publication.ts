/** The routes of a publication: publish, schedule and unpublish. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import { requireAuthToWrite } from '../../accounts/guards.ts'
import { serialize } from '../../content/item.ts'
import { publishItem } from '../../content/update-item.ts'
import { entityTag } from '../../http/conditional.ts'
import type { AppEnv } from '../../http/context.ts'
import { problemResponses, JSON_BODY_PROBLEMS, requestOf, optionalJsonBody } from '../../http/openapi.ts'
import { OWNER_PROBLEMS, targetOf, type ContentRoutes } from './context.ts'
import { Publication } from './schema.ts'

export function addPublicationRoutes(
  router: OpenAPIHono<AppEnv>,
  { table, contentType, noun, tags, one, target }: ContentRoutes,
) {
  const { name } = contentType
  router.openapi(
    createRoute({
      method: 'put',
      path: '/{id}/publish',
      operationId: `publish${name}`,
      tags,
      summary: `Publish or schedule a ${noun}`,
      description:
        'Only the author can publish it. A time in the future schedules it. Without a time, a published item does not change.',
      ...requireAuthToWrite,
      request: requestOf({ ...target, body: optionalJsonBody(Publication) }),
      responses: { 200: one, ...problemResponses(...OWNER_PROBLEMS, 'email-not-verified', ...JSON_BODY_PROBLEMS) },
    }),
    async (c) => {
      const { at } = c.req.valid('json')
      const time = at ? new Date(at) : undefined
      const item = await publishItem(
        c.get('db'),
        table,
        targetOf(c.req.valid('param'), c.req.valid('header')),
        c.get('currentUser'),
        time,
      )
      return c.json(serialize(item), 200, { ETag: entityTag(item) })
    },
  )
  router.openapi(
    createRoute({
      method: 'delete',
      path: '/{id}/publish',
      operationId: `unpublish${name}`,
      tags,
      summary: `Unpublish a ${noun}`,
      description: 'Only the author can unpublish it. The item becomes a draft, which only its author can see.',
      ...requireAuthToWrite,
      request: requestOf(target),
      responses: { 200: one, ...problemResponses(...OWNER_PROBLEMS) },
    }),
    async (c) => {
      const item = await publishItem(
        c.get('db'),
        table,
        targetOf(c.req.valid('param'), c.req.valid('header')),
        c.get('currentUser'),
        null,
      )
      return c.json(serialize(item), 200, { ETag: entityTag(item) })
    },
  )
}
