/** The shapes of any kind of content on the wire, and what a kind says of itself. */
import { z } from '@hono/zod-openapi'
import { MAX_USERNAME, StoredUsername } from '../accounts/username.ts'
import type { Item, serialize } from '../content/item.ts'
import { STATUSES } from '../content/listing.ts'
import { id, timestamp, opaque, integerFormat } from '../http/openapi.ts'
import type { ContentTable } from '../store/schema.ts'
import { nfcText, text, nonBlankText } from '../text.ts'

export type Own<T extends ContentTable> = Omit<T['$inferSelect'], keyof Item>
export type OwnInput<T extends ContentTable> = Omit<T['$inferInsert'], keyof Item>

/** A kind of content. The compiler proves that `fields` are the table's own columns, no more and no fewer. */
export type ContentType<O, I> = {
  /** Singular and capitalised: `Post`. */
  name: string
  /** How it is mounted: `/posts`. */
  path: string
  /** What may be sent; a column that is null or has a default may be left out with `.optional()`. */
  fields: { [Name in keyof O]-?: z.ZodType<Name extends keyof I ? I[Name] : never> }
  /** What responses have where that is wider than what may be sent: what old APIs and imports wrote. */
  stored?: { [Name in keyof O]?: z.ZodType }
  /** The own fields that a list shows. */
  inLists: readonly (keyof O & string)[]
  /** What a new item is where its writer does not say. */
  defaults: { draft: boolean; visibility: Item['visibility'] }
  example: { title: string } & { [Name in keyof O]: O[Name] }
  /** The item as JSON-LD, for a kind that has a vocabulary; `url` is where it is. */
  jsonLd?: (item: ReturnType<typeof serialize<Item>> & O, url: string) => Record<string, unknown>
}

/** So many items a page may have. */
const MAX_PAGE = 100

export const Cursor = opaque(200)

/** Code points of a title. */
const MAX_TITLE = 512

const NewTitle = nonBlankText(1, MAX_TITLE)

/** What every kind has. */
const Shared = z.object({
  id,
  /** A title that came over an old API may be blank: see `src/compat/`. */
  title: text(0, MAX_TITLE),
  author: z.object({ id, username: StoredUsername }),
  visibility: z.enum(['public', 'members']).openapi({
    description:
      '`public`: everyone can read the item. `members`: reading it requires authentication. Lists and searches show the title and the other listed fields of both to everyone.',
  }),
  published_at: timestamp.nullable().openapi({ description: 'Null for a draft. In the future for a scheduled item.' }),
  created_at: timestamp,
  updated_at: timestamp,
  hidden: z
    .object({ at: timestamp, reason: text(1, 500) })
    .optional()
    .openapi({
      description: 'Present if an operator has hidden the item. Only its author and operators can see it.',
      example: { at: '2026-11-22T09:30:00.000Z', reason: 'Advertising.' },
    }),
})

const SHARED_EXAMPLE = {
  id: 1,
  author: { id: 1, username: '홍길동' },
  published_at: '2026-11-22T09:30:00.000Z',
  created_at: '2026-11-22T09:30:00.000Z',
  updated_at: '2026-11-22T09:30:00.000Z',
}

type AnyContentType = ContentType<Record<string, unknown>, Record<string, unknown>>

/** An item, an item in a list, a page, what a writer sends, and what a change sends. */
export function contentSchemas({ name, fields, stored, inLists, defaults, example }: AnyContentType) {
  const { title, ...ownExample } = example
  const shared = { ...SHARED_EXAMPLE, title, visibility: defaults.visibility }
  const shown = Object.fromEntries(
    Object.entries({ ...fields, ...stored }).map(([field, schema]) => [field, always(schema ?? z.unknown())]),
  )
  const Item = z.object({ ...Shared.shape, ...shown }).openapi(name, {
    example: { ...shared, ...ownExample },
  })
  const inList = <T>(own: Record<string, T>) =>
    Object.fromEntries(Object.entries(own).filter(([field]) => inLists.includes(field)))
  const Summary = z.object({ ...Shared.shape, ...inList(shown) }).openapi(`${name}Summary`, {
    example: { ...shared, ...inList(ownExample) },
  })
  const Page = z
    .object({ items: z.array(Summary).max(MAX_PAGE), next_cursor: Cursor.nullable().openapi({ example: null }) })
    .openapi(`${name}Page`)
  const sent = { title: NewTitle, ...fields, visibility: Shared.shape.visibility.optional() }
  const defaultDescription = (value: unknown) => ({ description: `Default: \`${String(value)}\`.` })
  const Draft = z
    .strictObject({
      ...sent,
      visibility: sent.visibility.openapi(defaultDescription(defaults.visibility)),
      draft: z.boolean().optional().openapi(defaultDescription(defaults.draft)),
    })
    .openapi(`${name}Draft`, { example })
  const Update = z
    .strictObject(sent)
    .partial()
    .refine((changes) => Object.keys(changes).length > 0, 'At least one field is required.')
    .openapi(`${name}Update`, { example: { title } })
  return { Item, Page, Draft, Update }
}

/** A field as answers have it, where it is never left out. What a zod schema wraps is a zod schema again. */
const always = (field: z.ZodType): z.ZodType => (field instanceof z.ZodOptional ? z.nonoptional(field) : field)

/** The first and the last instant of RFC 3339 in UTC: an offset leads beyond them, to years without four digits. */
const [FIRST, LAST] = [Date.parse('0000-01-01T00:00:00.000Z'), Date.parse('9999-12-31T23:59:59.999Z')]
const isInTime = (at: string) => !(Date.parse(at) < FIRST || Date.parse(at) > LAST)

/** When to publish. */
export const Publication = z
  .strictObject({
    at: z.iso
      .datetime({ offset: true })
      .max(40, 'Must have at most 40 characters.')
      .refine(isInTime, 'Must be in the years 0 to 9999, in UTC.')
      .optional(),
  })
  .openapi('Publication', { example: { at: '2027-01-01T00:00:00.000Z' } })

/** A whole number in a path or a query, which is text; not `coerce`, which takes `1e2`, ` 7` and the empty string. */
export const whole = (max: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,15}$/, 'Must be an integer of at least 1.')
    .transform(Number)
    .refine((n) => n <= max, `Must be ${max} or less.`)
    .openapi({ type: 'integer', format: integerFormat(max), minimum: 1, maximum: max })

export const IdParameter = z.strictObject({ id: whole(Number.MAX_SAFE_INTEGER).openapi({ example: 1 }) })

/** The parameters of every list. */
export const PAGE_QUERY = {
  limit: whole(MAX_PAGE).optional().openapi({ description: 'The page size. Default: 20.' }),
  cursor: Cursor.optional().openapi({ description: 'The `next_cursor` of the previous page.' }),
}

export const ListQuery = z.strictObject({
  ...PAGE_QUERY,
  author: nfcText(1, MAX_USERNAME).optional().openapi({ description: 'Only items of this username.' }),
  status: z
    .enum(STATUSES)
    .optional()
    .openapi({ description: 'Default: `published`. The other values require authentication and list your own items.' }),
  q: text(1, 200)
    .optional()
    .openapi({ description: 'Only items that contain every word. The last word can be the beginning of a word.' }),
})

/** RFC 9110 §13.1: `*`, or entity tags. What is neither matches nothing. No example: Swagger UI would send it. */
const entityTagHeader = (description: string) =>
  text(0, 2_000).optional().openapi({ description, pattern: '^(\\*|(W/)?"[^"]*"(, *(W/)?"[^"]*")*)$' })

/** What a request may be conditional on. */
export const IfMatch = z.object({ 'if-match': entityTagHeader('The `ETag` that the change is meant for.') })
export const IfNoneMatch = z.object({ 'if-none-match': entityTagHeader('The `ETag` of what one has.') })

/** What a client calls a request that it may have to send again. */
export const IdempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'Must be 1 to 255 visible ASCII characters.')
  .openapi({ maxLength: 255 })

export const IdempotencyKeyHeader = z.object({
  'idempotency-key': IdempotencyKey.optional().openapi({
    description:
      'A repeated request with the same key within 24 hours writes nothing and gets the response of the first.',
  }),
})

const header = (description: string, example: string, pattern: string, maxLength: number) =>
  z.string().openapi({ description, example, pattern, maxLength })

export const ETagHeader = z.object({ ETag: header('Changes with every change of the item.', '"1"', '^"[\\w-]+"$', 32) })
export const CreatedHeaders = z.object({
  ...ETagHeader.shape,
  Location: header('Where the item is.', '/posts/1', '^/\\w+/\\d+$', 50),
  'Idempotent-Replayed': z.literal('true').optional().openapi({ description: 'Present if the key was used before.' }),
})
export const LinkHeader = z.object({
  Link: header(
    'The next page, where there is one.',
    '</posts?limit=20&cursor=…>; rel="next"',
    '^<.+>; rel="next"$',
    8_000,
  ).optional(),
})
