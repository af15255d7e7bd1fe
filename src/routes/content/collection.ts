/** The routes of a collection of items: list and create. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import { optionalAuth, requireAuthToCreate } from '../../accounts/guards.ts'
import { createItem } from '../../content/create-item.ts'
import { createOnce, fingerprintOf } from '../../content/idempotency.ts'
import { serialize } from '../../content/item.ts'
import { listItems } from '../../content/listing.ts'
import { entityTag } from '../../http/conditional.ts'
import type { AppEnv } from '../../http/context.ts'
import {
  jsonResponse,
  jsonBody,
  problemResponses,
  READ_PROBLEMS,
  JSON_BODY_PROBLEMS,
  WRITE_PROBLEMS,
  requestOf,
} from '../../http/openapi.ts'
import { linkToNext, pageRequest } from '../page.ts'
import type { ContentRoutes } from './context.ts'
import { CreatedHeaders, IdempotencyKeyHeader, LinkHeader, ListQuery } from './parameters.ts'

export function addCollectionRoutes(
  router: OpenAPIHono<AppEnv>,
  { table, contentType, noun, tags, own, schemas }: ContentRoutes,
) {
  const { name, path, defaults } = contentType
  const { Item, Page, Draft } = schemas
  router.openapi(
    createRoute({
      method: 'get',
      path: '/',
      operationId: `list${name}s`,
      tags,
      summary: `List ${tags[0]}`,
      description:
        'Published items from newest to oldest, without the longer fields. Send `next_cursor` as `cursor` to get the next page, or follow the `Link` header.',
      ...optionalAuth,
      request: requestOf({ query: ListQuery }),
      responses: {
        200: jsonResponse(Page, `A page of ${tags[0]}.`, LinkHeader),
        ...problemResponses('unauthenticated', 'invalid-token', 'invalid-input', ...READ_PROBLEMS),
      },
    }),
    async (c) => {
      const { status = 'published', author, q, ...place } = c.req.valid('query')
      const currentUser = c.get('currentUser')
      const filter = { status, author, q }
      const owner = status === 'published' ? undefined : currentUser?.userId
      const page = pageRequest(c, place, { ...filter, owner })
      const { items, next } = await listItems(c.get('db'), table, filter, { own, ...page }, currentUser)
      c.header('Cache-Control', currentUser ? 'no-store' : 'no-cache')
      return c.json({ items: items.map(serialize), next_cursor: linkToNext(c, page, next) }, 200)
    },
  )
  router.openapi(
    createRoute({
      method: 'post',
      path: '/',
      operationId: `create${name}`,
      tags,
      summary: `Create a ${noun}`,
      description: 'The author is the current user. With an `Idempotency-Key`, a repeated request writes nothing.',
      ...requireAuthToCreate,
      request: requestOf({ body: jsonBody(Draft), headers: IdempotencyKeyHeader }),
      responses: {
        201: jsonResponse(Item, `The new ${noun}.`, CreatedHeaders),
        ...problemResponses(
          'unauthenticated',
          'invalid-token',
          'email-not-verified',
          'idempotency-key-reused',
          'too-many-new-items',
          'new-account-limit',
          ...JSON_BODY_PROBLEMS,
          ...WRITE_PROBLEMS,
        ),
      },
    }),
    async (c) => {
      const now = Date.now()
      const body = withoutNulls(c.req.valid('json'))
      const key = c.req.valid('header')['idempotency-key']
      const { draft: isDraft, visibility, ...rest } = body
      const draft = {
        ...rest,
        visibility: visibility ?? defaults.visibility,
        published_at: (isDraft ?? defaults.draft) ? null : new Date(now),
      }
      const [db, currentUser] = [c.get('db'), c.get('currentUser')]
      const { item, isReplayed } =
        key === undefined
          ? { item: await createItem(db, table, currentUser, draft, now), isReplayed: false }
          : await createOnce(db, table, currentUser, draft, { key, fingerprint: fingerprintOf(path, body) }, now)
      if (isReplayed) c.header('Idempotent-Replayed', 'true')
      return c.json(serialize(item), 201, { Location: `${path}/${item.id}`, ETag: entityTag(item) })
    },
  )
}
/** In a new item, null means the same as leaving a field out. */
const withoutNulls = <T extends object>(body: T): T =>
  Object.assign(Object.create(null), Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)))
