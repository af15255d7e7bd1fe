/** The routes of any kind of content: each is written here once, and a kind says only what is its own. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { getTableColumns } from 'drizzle-orm'
import { accepts } from 'hono/accepts'
import { anyone, signedIn } from '../auth.ts'
import { isKnown, tagOf, versionsOf } from '../conditional.ts'
import { create, publish, read, remove, toWire, update } from '../content.ts'
import type { AppEnv } from '../env.ts'
import { createOnce, fingerprintOf } from '../idempotency.ts'
import { list } from '../listing.ts'
import { answer, json, problems, READS, TAKES_JSON, WRITES } from '../openapi.ts'
import { decodeCursor, encodeCursor } from '../page.ts'
import { Problem } from '../problem.ts'
import type { ContentTable } from '../schema.ts'
import * as shape from './content-schema.ts'

const OWNER_PROBLEMS = [
  'unauthenticated',
  'invalid-token',
  'forbidden',
  'not-found',
  'version-conflict',
  'invalid-input',
  ...WRITES,
] as const

const LINKED_DATA = 'application/ld+json'

export function contentRoutes<T extends ContentTable>(
  table: T,
  kind: shape.Kind<shape.Own<T>, shape.OwnInput<T>>,
): OpenAPIHono<AppEnv>
export function contentRoutes(table: ContentTable, kind: shape.Kind<Record<string, unknown>, Record<string, unknown>>) {
  const { name, path, inLists, defaults, linkedData } = kind
  const noun = name.toLowerCase()
  const tags = [path.slice(1)]
  const { Item, Page, New, Change } = shape.describe(kind)
  const own = Object.fromEntries(Object.entries(getTableColumns(table)).filter(([column]) => inLists.includes(column)))
  const one = answer(Item, `The ${noun}.`, shape.Tagged)
  const target = { params: shape.Id, headers: shape.IfMatch }

  return new OpenAPIHono<AppEnv>()
    .openapi(
      createRoute({
        method: 'get',
        path: '/',
        operationId: `list${name}s`,
        tags,
        summary: `The published ${tags[0]}, newest first; or one’s own`,
        description:
          'Without the longer fields. The next page is where the `Link` header leads, or takes `next_cursor` as its `cursor`; to walk through them costs the same on every page.',
        ...anyone,
        request: { query: shape.Query },
        responses: {
          200: answer(Page, `A page of ${tags[0]}.`, shape.LinkToNext),
          ...problems('unauthenticated', 'invalid-token', 'invalid-input', ...READS),
        },
      }),
      async (c) => {
        const { limit = 20, cursor, status = 'published', author, q } = c.req.valid('query')
        const [config, viewer] = [c.get('config'), c.get('viewer')]
        const scope = JSON.stringify([path, status, author, q, status === 'published' ? null : viewer?.userId])
        const from = cursor === undefined ? null : decodeCursor(config, scope, cursor)
        if (cursor !== undefined && !from) throw new Problem('invalid-input', { errors: [FOREIGN_CURSOR] })
        const { page, next } = await list(c.get('db'), table, { status, author, q }, { own, limit, from }, viewer)
        const next_cursor = next && encodeCursor(config, scope, next)
        if (next_cursor) {
          const query = new URLSearchParams({ ...c.req.query(), limit: String(limit), cursor: next_cursor })
          c.header('Link', `<${path}?${query.toString()}>; rel="next"`)
        }
        c.header('Cache-Control', viewer ? 'no-store' : 'no-cache')
        return c.json({ items: page.map(toWire), next_cursor }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/',
        operationId: `create${name}`,
        tags,
        summary: `Write a ${noun}`,
        description:
          'Its author is whoever the token belongs to. With an `Idempotency-Key` it can be sent twice, and is written once.',
        ...signedIn,
        request: { ...json(New), headers: shape.Key },
        responses: {
          201: answer(Item, `The ${noun} as it was written.`, shape.Created),
          ...problems('unauthenticated', 'invalid-token', 'idempotency-key-reused', ...TAKES_JSON, ...WRITES),
        },
      }),
      async (c) => {
        const now = Date.now()
        const body = c.req.valid('json')
        const key = c.req.valid('header')['idempotency-key']
        const { draft: isDraft = defaults.draft, visibility = defaults.visibility, ...rest } = body
        const draft = { ...rest, visibility, published_at: isDraft ? null : new Date(now) }
        const [db, viewer] = [c.get('db'), c.get('viewer')]
        const { item, isReplayed } =
          key === undefined
            ? { item: await create(db, table, viewer, draft, now), isReplayed: false }
            : await createOnce(db, table, viewer, draft, { key, fingerprint: fingerprintOf(path, body) }, now)
        if (isReplayed) c.header('Idempotent-Replayed', 'true')
        return c.json(toWire(item), 201, { Location: `${path}/${item.id}`, ETag: tagOf(item) })
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/{id}',
        operationId: `read${name}`,
        tags,
        summary: `One ${noun}`,
        description: 'One for members takes a token; a draft and a scheduled one are there for their author alone.',
        ...anyone,
        request: { params: shape.Id, headers: shape.IfNoneMatch },
        responses: {
          200: { ...one, content: { ...one.content, ...(linkedData && { [LINKED_DATA]: { schema: LinkedData } }) } },
          304: { description: 'It is as `If-None-Match` says.', headers: shape.Tagged },
          ...problems('unauthenticated', 'invalid-token', 'not-found', 'invalid-input', ...READS),
        },
      }),
      async (c) => {
        const item = await read(c.get('db'), table, c.req.valid('param').id, c.get('viewer'))
        const isLinked = linkedData !== undefined && prefersLinkedData(c)
        const tag = tagOf(item, isLinked ? 'ld' : undefined)
        c.header('ETag', tag)
        // What everybody sees the same may be kept and asked for again; what took a token is kept nowhere.
        const isOpen = item.visibility === 'public' && item.published_at !== null && item.published_at <= new Date()
        c.header('Cache-Control', isOpen ? 'no-cache' : 'no-store')
        if (linkedData) c.header('Vary', 'Accept', { append: true })
        if (isKnown(c.req.valid('header')['if-none-match'], tag)) return c.body(null, 304)
        if (!isLinked) return c.json(toWire(item), 200)
        const url = new URL(`${path}/${item.id}`, c.req.url).href
        return c.json(linkedData(toWire(item), url), 200, { 'Content-Type': LINKED_DATA })
      },
    )
    .openapi(
      createRoute({
        method: 'patch',
        path: '/{id}',
        operationId: `change${name}`,
        tags,
        summary: `Change a ${noun}: what is sent, and nothing else`,
        description: 'For its author alone. With `If-Match`, only in the version that was read.',
        ...signedIn,
        request: { ...target, ...json(Change) },
        responses: { 200: one, ...problems(...OWNER_PROBLEMS, ...TAKES_JSON) },
      }),
      async (c) => {
        const item = await update(
          c.get('db'),
          table,
          targetOf(c.req.valid('param'), c.req.valid('header')),
          c.get('viewer'),
          c.req.valid('json'),
        )
        return c.json(toWire(item), 200, { ETag: tagOf(item) })
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/{id}',
        operationId: `delete${name}`,
        tags,
        summary: `Delete a ${noun}`,
        description: 'For its author alone, and for good. With `If-Match`, only in the version that was read.',
        ...signedIn,
        request: target,
        responses: { 204: { description: 'It is gone.' }, ...problems(...OWNER_PROBLEMS) },
      }),
      async (c) => {
        await remove(c.get('db'), table, targetOf(c.req.valid('param'), c.req.valid('header')), c.get('viewer'))
        return c.body(null, 204)
      },
    )
    .openapi(
      createRoute({
        method: 'put',
        path: '/{id}/publish',
        operationId: `publish${name}`,
        tags,
        summary: `Publish a ${noun}, now or at a time`,
        description:
          'For its author alone. A time to come schedules it; without a time, what is published already stays as it is.',
        ...signedIn,
        request: { ...target, body: { content: { 'application/json': { schema: shape.Publication } } } },
        responses: { 200: one, ...problems(...OWNER_PROBLEMS, ...TAKES_JSON) },
      }),
      async (c) => {
        const { at } = c.req.valid('json')
        const time = at === undefined ? undefined : new Date(at)
        const item = await publish(
          c.get('db'),
          table,
          targetOf(c.req.valid('param'), c.req.valid('header')),
          c.get('viewer'),
          time,
        )
        return c.json(toWire(item), 200, { ETag: tagOf(item) })
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/{id}/publish',
        operationId: `unpublish${name}`,
        tags,
        summary: `Make a draft of a ${noun} again`,
        description: 'For its author alone, who alone sees it from then on.',
        ...signedIn,
        request: target,
        responses: { 200: one, ...problems(...OWNER_PROBLEMS) },
      }),
      async (c) => {
        const item = await publish(
          c.get('db'),
          table,
          targetOf(c.req.valid('param'), c.req.valid('header')),
          c.get('viewer'),
          null,
        )
        return c.json(toWire(item), 200, { ETag: tagOf(item) })
      },
    )
}

const FOREIGN_CURSOR = { parameter: 'cursor', detail: 'Is not a cursor of this list; take it from `next_cursor`.' }

const LinkedData = z
  .looseObject({
    '@context': z.literal('https://schema.org'),
    '@type': z.string().openapi({ pattern: '^[A-Z]\\w+$', maxLength: 50, example: 'Recipe' }),
  })
  .openapi('LinkedData')

const prefersLinkedData = (c: Parameters<typeof accepts>[0]) =>
  accepts(c, { header: 'Accept', supports: ['application/json', LINKED_DATA], default: 'application/json' }) ===
  LINKED_DATA

/** The item that a change is meant for, in the versions that `If-Match` allows. */
const targetOf = ({ id }: z.infer<typeof shape.Id>, { 'if-match': ifMatch }: z.infer<typeof shape.IfMatch>) => ({
  id,
  versions: versionsOf(ifMatch),
})
