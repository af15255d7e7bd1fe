/** The routes of any kind of content: each is written here once, and a kind says only what is its own. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { getTableColumns } from 'drizzle-orm'
import { anyone, signedIn } from '../auth.ts'
import { create, list, read, toWire } from '../content.ts'
import type { AppEnv } from '../env.ts'
import { answer, BODY_PROBLEMS, instant, json, problems } from '../openapi.ts'
import { decodeCursor, encodeCursor } from '../page.ts'
import { Problem } from '../problem.ts'
import type { ContentTable } from '../schema.ts'
import { visible } from '../text.ts'

type Row = ContentTable['$inferSelect']
type Own<T extends ContentTable> = Omit<T['$inferSelect'], keyof Row>
type Fields<O> = { [Name in keyof O]-?: z.ZodType<O[Name]> }

/** A kind of content. The compiler proves that `fields` are the table's own columns, no more and no fewer. */
export type Kind<O> = {
  /** Singular and capitalised: `Post`. */
  name: string
  /** How it is mounted: `/posts`. */
  path: string
  fields: Fields<O>
  /** The own fields that a list shows. */
  inLists: readonly (keyof O & string)[]
  /** What a new item is where its writer does not say. */
  defaults: { draft: boolean; visibility: Row['visibility'] }
  example: { title: string } & { [Name in keyof O]: O[Name] }
}

export function contentRoutes<T extends ContentTable>(table: T, kind: Kind<Own<T>>): OpenAPIHono<AppEnv>
export function contentRoutes(table: ContentTable, kind: Kind<Record<string, unknown>>): OpenAPIHono<AppEnv> {
  const { name, path, fields, inLists, defaults } = kind
  const tags = [path.slice(1)]
  const schemas = describe(kind)
  const own = Object.fromEntries(Object.entries(getTableColumns(table)).filter(([column]) => inLists.includes(column)))

  return new OpenAPIHono<AppEnv>()
    .openapi(
      createRoute({
        method: 'get',
        path: '/',
        operationId: `list${name}s`,
        tags,
        summary: `The published ${tags[0]}, newest first`,
        security: [],
        request: { query: Page },
        responses: { 200: answer(schemas.Page, `A page of ${tags[0]}.`, NextLink), ...problems('invalid-input') },
      }),
      async (c) => {
        const { limit = 20, cursor } = c.req.valid('query')
        const after = cursor === undefined ? null : decodeCursor(c.get('config'), path, cursor)
        if (cursor !== undefined && !after) throw new Problem('invalid-input', { errors: [FOREIGN_CURSOR] })
        const { page, next } = await list(c.get('db'), table, { own, limit, after })
        const next_cursor = next && encodeCursor(c.get('config'), path, next)
        if (next_cursor) c.header('Link', `<${path}?limit=${limit}&cursor=${next_cursor}>; rel="next"`)
        return c.json({ items: page.map(toWire), next_cursor }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/',
        operationId: `create${name}`,
        tags,
        summary: `Write a ${name.toLowerCase()}`,
        ...signedIn,
        request: json(schemas.New),
        responses: {
          201: answer(schemas.Item, `The ${name.toLowerCase()} as it was written.`, Created),
          ...problems('unauthenticated', 'invalid-token', ...BODY_PROBLEMS),
        },
      }),
      async (c) => {
        const { draft = defaults.draft, visibility = defaults.visibility, ...rest } = c.req.valid('json')
        const published_at = draft ? null : new Date()
        const item = await create(c.get('db'), table, c.get('viewer'), { ...rest, visibility, published_at })
        return c.json(toWire(item), 201, { Location: `${path}/${item.id}`, ETag: entityTag(item) })
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/{id}',
        operationId: `read${name}`,
        tags,
        summary: `One ${name.toLowerCase()}`,
        ...anyone,
        request: { params: Id },
        responses: {
          200: answer(schemas.Item, `The ${name.toLowerCase()}.`, Tagged),
          ...problems('unauthenticated', 'invalid-token', 'not-found', 'invalid-input'),
        },
      }),
      async (c) => {
        const item = await read(c.get('db'), table, c.req.valid('param').id, c.get('viewer'))
        return c.json(toWire(item), 200, { ETag: entityTag(item) })
      },
    )

  /** The shapes on the wire: an item, an item in a list, a page, and what a writer sends. */
  function describe({ example }: typeof kind) {
    const { title, ...ownExample } = example
    const shared = { ...SHARED_EXAMPLE, title, visibility: defaults.visibility }
    const Item = z.object({ ...Shared.shape, ...fields }).openapi(name, { example: { ...shared, ...ownExample } })
    const ownInLists = Object.fromEntries(inLists.map((field) => [field, fields[field] ?? z.unknown()]))
    const Summary = z.object({ ...Shared.shape, ...ownInLists }).openapi(`${name}Summary`)
    const Page = z.object({ items: z.array(Summary), next_cursor: z.string().nullable() }).openapi(`${name}Page`)
    const New = z
      .strictObject({
        title: Shared.shape.title,
        ...fields,
        visibility: Shared.shape.visibility
          .optional()
          .openapi({ description: `\`${defaults.visibility}\` where it is not said.` }),
        draft: z
          .boolean()
          .optional()
          .openapi({ description: `\`${defaults.draft}\` where it is not said.` }),
      })
      .openapi(`New${name}`, { example })
    return { Item, Page, New }
  }
}

/** What every kind has. */
const Shared = z.object({
  id: z.int(),
  title: visible(1, 200),
  author: z.object({ id: z.int(), username: z.string() }),
  visibility: z.enum(['public', 'members']).openapi({ description: '`members`: opening it takes a token.' }),
  published_at: instant.nullable().openapi({ description: 'Null for a draft; in the future for a scheduled item.' }),
  created_at: instant,
  updated_at: instant,
})

const SHARED_EXAMPLE = {
  id: 1,
  author: { id: 1, username: '홍길동' },
  published_at: '2026-11-22T09:30:00.000Z',
  created_at: '2026-11-22T09:30:00.000Z',
  updated_at: '2026-11-22T09:30:00.000Z',
}

/** A strong entity tag (RFC 9110 §8.8.3): the version grows with every change of what is shown. */
const entityTag = (item: Row) => `"${item.version}"`

const FOREIGN_CURSOR = { parameter: 'cursor', detail: 'Is not a cursor of this list; take it from `next_cursor`.' }

/** A whole number in a path or a query, which is text; not `coerce`, which takes `1e2`, ` 7` and the empty string. */
const whole = (max: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,15}$/, 'Must be a whole number, 1 or more.')
    .transform(Number)
    .refine((n) => n <= max, `Must be ${max} or less.`)
    .openapi({ type: 'integer', minimum: 1, maximum: max })

const Id = z.strictObject({ id: whole(Number.MAX_SAFE_INTEGER).openapi({ example: 1 }) })

const Page = z.strictObject({
  limit: whole(100).optional().openapi({ description: 'How many items a page has; 20 where it is not said.' }),
  cursor: z.string().max(200).optional().openapi({ description: 'The `next_cursor` of the page before.' }),
})

const header = (description: string, example: string) => z.string().openapi({ description, example })

const Tagged = z.object({ ETag: header('Changes with every change of the item.', '"1"') })
const Created = z.object({ ...Tagged.shape, Location: header('Where the item is.', '/posts/1') })
const NextLink = z.object({
  Link: header('The next page, where there is one.', '</posts?limit=20&cursor=…>; rel="next"').optional(),
})
