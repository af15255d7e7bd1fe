/** The routes of one item: read, update, delete and report. */
import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi'
import { accepts } from 'hono/accepts'
import { optionalAuth, requireAuthToWrite } from '../../accounts/guards.ts'
import { serialize } from '../../content/item.ts'
import { readItem } from '../../content/read-item.ts'
import { reportItem } from '../../content/reports.ts'
import { deleteItem, updateItem } from '../../content/update-item.ts'
import { matchesIfNoneMatch, entityTag } from '../../http/conditional.ts'
import type { AppEnv } from '../../http/context.ts'
import {
  withHeaders,
  jsonResponse,
  jsonBody,
  problemResponses,
  READ_PROBLEMS,
  JSON_BODY_PROBLEMS,
  WRITE_PROBLEMS,
  requestOf,
} from '../../http/openapi.ts'
import { lazy } from '../../lazy.ts'
import { ReportDraft } from '../operator-schema.ts'
import { OWNER_PROBLEMS, targetOf, type ContentRoutes } from './context.ts'
import { ETagHeader, IdParameter, IfNoneMatch } from './parameters.ts'

const JSON_LD = 'application/ld+json'

export function addItemRoutes(
  router: OpenAPIHono<AppEnv>,
  { table, contentType, noun, tags, schemas, one, target }: ContentRoutes,
) {
  const { name, path, jsonLd } = contentType
  const { Update } = schemas
  router.openapi(
    createRoute({
      method: 'get',
      path: '/{id}',
      operationId: `read${name}`,
      tags,
      summary: `Read a ${noun}`,
      description:
        'Requires authentication when `visibility` is `members`. Drafts and scheduled items exist only for their author.',
      ...optionalAuth,
      request: requestOf({ params: IdParameter, headers: IfNoneMatch }),
      responses: {
        200: jsonResponse(schemas.Item, `The ${noun}.`, ETagHeader, () =>
          jsonLd ? { [JSON_LD]: { schema: JsonLd() } } : {},
        ),
        304: withHeaders({ description: 'The item has not changed since the version in `If-None-Match`.' }, ETagHeader),
        ...problemResponses('unauthenticated', 'invalid-token', 'not-found', 'invalid-input', ...READ_PROBLEMS),
      },
    }),
    async (c) => {
      const item = await readItem(c.get('db'), table, c.req.valid('param').id, c.get('currentUser'))
      const isJsonLd = jsonLd !== undefined && prefersJsonLd(c)
      const tag = entityTag(item, isJsonLd ? 'ld' : undefined)
      c.header('ETag', tag)
      // A response that is the same for everyone can be stored and revalidated. A response that depends on a token is not stored.
      const isOpen = item.visibility === 'public' && item.listed_at !== null && item.listed_at <= new Date()
      c.header('Cache-Control', isOpen ? 'no-cache' : 'no-store')
      if (jsonLd) c.header('Vary', 'Accept', { append: true })
      if (matchesIfNoneMatch(c.req.valid('header')['if-none-match'], tag)) return c.body(null, 304)
      if (!isJsonLd) return c.json(serialize(item), 200)
      const url = new URL(`${path}/${item.id}`, c.req.url).href
      return c.json(jsonLd(serialize(item), url), 200, { 'Content-Type': JSON_LD })
    },
  )
  router.openapi(
    createRoute({
      method: 'patch',
      path: '/{id}',
      operationId: `update${name}`,
      tags,
      summary: `Change a ${noun}`,
      description:
        'Only the author can change it. Fields that are not sent do not change. With `If-Match`, the change requires that version.',
      ...requireAuthToWrite,
      request: requestOf({ ...target, body: jsonBody(Update) }),
      responses: { 200: one, ...problemResponses(...OWNER_PROBLEMS, ...JSON_BODY_PROBLEMS) },
    }),
    async (c) => {
      const item = await updateItem(
        c.get('db'),
        table,
        targetOf(c.req.valid('param'), c.req.valid('header')),
        c.get('currentUser'),
        c.req.valid('json'),
      )
      return c.json(serialize(item), 200, { ETag: entityTag(item) })
    },
  )
  router.openapi(
    createRoute({
      method: 'delete',
      path: '/{id}',
      operationId: `delete${name}`,
      tags,
      summary: `Delete a ${noun}`,
      description:
        'Only the author can delete it. It cannot be restored. With `If-Match`, the deletion requires that version.',
      ...requireAuthToWrite,
      request: requestOf(target),
      responses: { 204: { description: 'The item was deleted.' }, ...problemResponses(...OWNER_PROBLEMS) },
    }),
    async (c) => {
      await deleteItem(c.get('db'), table, targetOf(c.req.valid('param'), c.req.valid('header')), c.get('currentUser'))
      return c.body(null, 204)
    },
  )
  router.openapi(
    createRoute({
      method: 'post',
      path: '/{id}/reports',
      operationId: `report${name}`,
      tags,
      summary: `Report a ${noun} to the operators`,
      description: 'Each user can report an item once. Reporting it again changes nothing.',
      ...requireAuthToWrite,
      request: requestOf({ params: IdParameter, body: jsonBody(ReportDraft) }),
      responses: {
        202: { description: 'The operators will see the report.' },
        ...problemResponses('unauthenticated', 'invalid-token', 'not-found', ...JSON_BODY_PROBLEMS, ...WRITE_PROBLEMS),
      },
    }),
    async (c) => {
      await reportItem(c.get('db'), table, c.req.valid('param').id, c.get('currentUser'), c.req.valid('json'))
      return c.body(null, 202)
    },
  )
}

const JsonLd = lazy(() =>
  z
    .looseObject({
      '@context': z.literal('https://schema.org'),
      '@type': z.string().openapi({ pattern: '^[A-Z]\\w+$', maxLength: 50, example: 'Recipe' }),
    })
    .openapi('LinkedData'),
)

const prefersJsonLd = (c: Parameters<typeof accepts>[0]) =>
  accepts(c, { header: 'Accept', supports: ['application/json', JSON_LD], default: 'application/json' }) === JSON_LD
