/** The routes of any content type: each is written here once, and a content type says only what is its own. */
import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi'
import { getTableColumns } from 'drizzle-orm'
import { accepts } from 'hono/accepts'
import { optionalAuth, requireAuthToCreate, requireAuthToWrite } from '../accounts/guards.ts'
import { createItem } from '../content/create-item.ts'
import { decodeCursor, encodeCursor } from '../content/cursor.ts'
import { createOnce, fingerprintOf } from '../content/idempotency.ts'
import { serialize } from '../content/item.ts'
import { listItems } from '../content/listing.ts'
import { readItem } from '../content/read-item.ts'
import { reportItem } from '../content/reports.ts'
import { deleteItem, publishItem, updateItem } from '../content/update-item.ts'
import { matchesIfNoneMatch, entityTag, ifMatchVersions } from '../http/conditional.ts'
import type { AppEnv } from '../http/context.ts'
import {
  jsonResponse,
  jsonBody,
  problemResponses,
  READ_PROBLEMS,
  JSON_BODY_PROBLEMS,
  WRITE_PROBLEMS,
} from '../http/openapi.ts'
import { Problem } from '../http/problem.ts'
import { createRouter } from '../http/router.ts'
import type { ContentTable } from '../store/schema.ts'
import * as shape from './content-schema.ts'
import { ReportDraft } from './operator-schema.ts'

const OWNER_PROBLEMS = [
  'too-many-writes',
  'unauthenticated',
  'invalid-token',
  'forbidden',
  'not-found',
  'version-conflict',
  'invalid-input',
  ...WRITE_PROBLEMS,
] as const

const JSON_LD = 'application/ld+json'

export function contentRoutes<T extends ContentTable>(
  table: T,
  contentType: shape.ContentType<shape.Own<T>, shape.OwnInput<T>>,
): OpenAPIHono<AppEnv>
export function contentRoutes(
  table: ContentTable,
  contentType: shape.ContentType<Record<string, unknown>, Record<string, unknown>>,
) {
  const { name, path, inLists, defaults, jsonLd } = contentType
  const noun = name.toLowerCase()
  const tags = [path.slice(1)]
  const { Item, Page, Draft, Update } = shape.contentSchemas(contentType)
  const own = Object.fromEntries(Object.entries(getTableColumns(table)).filter(([column]) => inLists.includes(column)))
  const one = jsonResponse(Item, `The ${noun}.`, shape.ETagHeader)
  const target = { params: shape.IdParameter, headers: shape.IfMatch }

  return createRouter()
    .openapi(
      createRoute({
        method: 'get',
        path: '/',
        operationId: `list${name}s`,
        tags,
        summary: `List ${tags[0]}`,
        description:
          'Published items from newest to oldest, without the longer fields. Send `next_cursor` as `cursor` to get the next page, or follow the `Link` header.',
        ...optionalAuth,
        request: { query: shape.ListQuery },
        responses: {
          200: jsonResponse(Page, `A page of ${tags[0]}.`, shape.LinkHeader),
          ...problemResponses('unauthenticated', 'invalid-token', 'invalid-input', ...READ_PROBLEMS),
        },
      }),
      async (c) => {
        const { limit = 20, cursor, status = 'published', author, q } = c.req.valid('query')
        const [config, currentUser] = [c.get('config'), c.get('currentUser')]
        const scope = JSON.stringify([path, status, author, q, status === 'published' ? null : currentUser?.userId])
        const from = cursor === undefined ? null : decodeCursor(config, scope, cursor)
        if (cursor !== undefined && !from) throw new Problem('invalid-input', { errors: [INVALID_CURSOR] })
        const { page, next } = await listItems(
          c.get('db'),
          table,
          { status, author, q },
          { own, limit, from },
          currentUser,
        )
        const next_cursor = next && encodeCursor(config, scope, next)
        if (next_cursor) {
          const query = new URLSearchParams({
            ...withoutEmpty(c.req.query()),
            limit: String(limit),
            cursor: next_cursor,
          })
          c.header('Link', `<${path}?${query.toString()}>; rel="next"`)
        }
        c.header('Cache-Control', currentUser ? 'no-store' : 'no-cache')
        return c.json({ items: page.map(serialize), next_cursor }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/',
        operationId: `create${name}`,
        tags,
        summary: `Create a ${noun}`,
        description: 'The author is the current user. With an `Idempotency-Key`, a repeated request writes nothing.',
        ...requireAuthToCreate,
        request: { ...jsonBody(Draft), headers: shape.IdempotencyKeyHeader },
        responses: {
          201: jsonResponse(Item, `The new ${noun}.`, shape.CreatedHeaders),
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
    .openapi(
      createRoute({
        method: 'get',
        path: '/{id}',
        operationId: `read${name}`,
        tags,
        summary: `Read a ${noun}`,
        description:
          'Requires authentication when `visibility` is `members`. Drafts and scheduled items exist only for their author.',
        ...optionalAuth,
        request: { params: shape.IdParameter, headers: shape.IfNoneMatch },
        responses: {
          200: { ...one, content: { ...one.content, ...(jsonLd && { [JSON_LD]: { schema: JsonLd } }) } },
          304: {
            description: 'The item has not changed since the version in `If-None-Match`.',
            headers: shape.ETagHeader,
          },
          ...problemResponses('unauthenticated', 'invalid-token', 'not-found', 'invalid-input', ...READ_PROBLEMS),
        },
      }),
      async (c) => {
        const item = await readItem(c.get('db'), table, c.req.valid('param').id, c.get('currentUser'))
        const isJsonLd = jsonLd !== undefined && prefersJsonLd(c)
        const tag = entityTag(item, isJsonLd ? 'ld' : undefined)
        c.header('ETag', tag)
        // What everybody sees the same may be kept and asked for again; what took a token is kept nowhere.
        const isOpen = item.visibility === 'public' && item.listed_at !== null && item.listed_at <= new Date()
        c.header('Cache-Control', isOpen ? 'no-cache' : 'no-store')
        if (jsonLd) c.header('Vary', 'Accept', { append: true })
        if (matchesIfNoneMatch(c.req.valid('header')['if-none-match'], tag)) return c.body(null, 304)
        if (!isJsonLd) return c.json(serialize(item), 200)
        const url = new URL(`${path}/${item.id}`, c.req.url).href
        return c.json(jsonLd(serialize(item), url), 200, { 'Content-Type': JSON_LD })
      },
    )
    .openapi(
      createRoute({
        method: 'patch',
        path: '/{id}',
        operationId: `update${name}`,
        tags,
        summary: `Change a ${noun}`,
        description:
          'Only the author can change it. Fields that are not sent do not change. With `If-Match`, the change requires that version.',
        ...requireAuthToWrite,
        request: { ...target, ...jsonBody(Update) },
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
    .openapi(
      createRoute({
        method: 'delete',
        path: '/{id}',
        operationId: `delete${name}`,
        tags,
        summary: `Delete a ${noun}`,
        description:
          'Only the author can delete it. It cannot be restored. With `If-Match`, the deletion requires that version.',
        ...requireAuthToWrite,
        request: target,
        responses: { 204: { description: 'The item was deleted.' }, ...problemResponses(...OWNER_PROBLEMS) },
      }),
      async (c) => {
        await deleteItem(
          c.get('db'),
          table,
          targetOf(c.req.valid('param'), c.req.valid('header')),
          c.get('currentUser'),
        )
        return c.body(null, 204)
      },
    )
    .openapi(
      createRoute({
        method: 'put',
        path: '/{id}/publish',
        operationId: `publish${name}`,
        tags,
        summary: `Publish or schedule a ${noun}`,
        description:
          'Only the author can publish it. A time in the future schedules it. Without a time, a published item does not change.',
        ...requireAuthToWrite,
        request: { ...target, body: { content: { 'application/json': { schema: shape.Publication } } } },
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
    .openapi(
      createRoute({
        method: 'delete',
        path: '/{id}/publish',
        operationId: `unpublish${name}`,
        tags,
        summary: `Unpublish a ${noun}`,
        description: 'Only the author can unpublish it. The item becomes a draft, which only its author can see.',
        ...requireAuthToWrite,
        request: target,
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
    .openapi(
      createRoute({
        method: 'post',
        path: '/{id}/reports',
        operationId: `report${name}`,
        tags,
        summary: `Report a ${noun} to the operators`,
        description: 'Each user can report an item once. Reporting it again changes nothing.',
        ...requireAuthToWrite,
        request: { params: shape.IdParameter, ...jsonBody(ReportDraft) },
        responses: {
          202: { description: 'The operators will see the report.' },
          ...problemResponses(
            'unauthenticated',
            'invalid-token',
            'not-found',
            ...JSON_BODY_PROBLEMS,
            ...WRITE_PROBLEMS,
          ),
        },
      }),
      async (c) => {
        await reportItem(c.get('db'), table, c.req.valid('param').id, c.get('currentUser'), c.req.valid('json'))
        return c.body(null, 202)
      },
    )
}

/** For a new item a member that is null is one that is left out. */
const withoutNulls = <T extends object>(body: T): T =>
  Object.assign(Object.create(null), Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)))

const withoutEmpty = (query: Record<string, string>) =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''))

export const INVALID_CURSOR = {
  parameter: 'cursor',
  detail: 'Must be the `next_cursor` of this list.',
}

const JsonLd = z
  .looseObject({
    '@context': z.literal('https://schema.org'),
    '@type': z.string().openapi({ pattern: '^[A-Z]\\w+$', maxLength: 50, example: 'Recipe' }),
  })
  .openapi('LinkedData')

const prefersJsonLd = (c: Parameters<typeof accepts>[0]) =>
  accepts(c, { header: 'Accept', supports: ['application/json', JSON_LD], default: 'application/json' }) === JSON_LD

/** The item that a change is meant for, in the versions that `If-Match` allows. */
const targetOf = (
  { id }: z.infer<typeof shape.IdParameter>,
  { 'if-match': ifMatch }: z.infer<typeof shape.IfMatch>,
) => ({
  id,
  versions: ifMatchVersions(ifMatch),
})
