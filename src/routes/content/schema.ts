/** The schemas of any content type, and what a content type declares. */
import { z } from '@hono/zod-openapi'
import { StoredUsername } from '../../accounts/username.ts'
import type { Item, serialize } from '../../content/item.ts'
import { id, timestamp, integer } from '../../http/openapi.ts'
import { lazy } from '../../lazy.ts'
import type { ContentTable } from '../../store/schema.ts'
import { text, nonBlankText } from '../../text.ts'
import { pageOf } from '../page.ts'

export type Own<T extends ContentTable> = Omit<T['$inferSelect'], keyof ContentTable['$inferSelect']>
export type OwnInput<T extends ContentTable> = Omit<T['$inferInsert'], keyof ContentTable['$inferSelect']>

/** A content type. The compiler proves that `fields` are the table's own columns, no more and no fewer. */
export type ContentType<O, I> = {
  /** Singular and capitalised: `Post`. */
  name: string
  /** How it is mounted: `/posts`. */
  path: string
  /** The input schema of each column. A column that is nullable or has a default can be `.optional()`. */
  fields: () => { [Name in keyof O]-?: z.ZodType<Name extends keyof I ? I[Name] : never> }
  /** The output schema of columns whose stored values can break the input rules: old APIs and imports wrote them. */
  stored?: () => { [Name in keyof O]?: z.ZodType }
  /** The own fields that a list shows. */
  inLists: readonly (keyof O & string)[]
  /** The values of a new item that the request leaves out. */
  defaults: { draft: boolean; visibility: Item['visibility'] }
  example: { title: string } & { [Name in keyof O]: O[Name] }
  /** The item as JSON-LD, for a content type with a vocabulary. `url` is the item's own. */
  jsonLd?: (item: ReturnType<typeof serialize<Item>> & O, url: string) => Record<string, unknown>
}

/** The largest number of code points of a title. */
const MAX_TITLE = 512

const NewTitle = lazy(() => nonBlankText(1, MAX_TITLE))

const Visibility = lazy(() =>
  z.enum(['public', 'members']).openapi({
    description:
      '`public`: everyone can read and search the whole item. `members`: reading the item requires authentication. Lists show the title and the other listed fields of both to everyone, so the `description` of a `members` recipe is public. Searches without a token find a `members` item by its title only.',
  }),
)

/** The fields of every content type in a response. */
const sharedFields = lazy(() => ({
  id: id(),
  version: integer(1, Number.MAX_SAFE_INTEGER).openapi({
    description: 'Increases with every change of the item. `If-Match` takes it in quotation marks: `"1"`.',
  }),
  /** A title that came over an old API may be blank: see `src/compat/`. */
  title: text(0, MAX_TITLE),
  author: z.object({ id: id(), username: StoredUsername() }),
  visibility: Visibility(),
  published_at: timestamp()
    .nullable()
    .openapi({ description: 'Null for a draft. In the future for a scheduled item.' }),
  created_at: timestamp(),
  updated_at: timestamp(),
  hidden: z
    .object({ at: timestamp(), reason: text(1, 500) })
    .optional()
    .openapi({
      description: 'Present if an operator has hidden the item. Only its author and operators can see it.',
      example: { at: '2026-11-22T09:30:00.000Z', reason: 'Advertising.' },
    }),
}))

const SHARED_EXAMPLE = {
  id: 1,
  version: 1,
  author: { id: 1, username: '홍길동' },
  published_at: '2026-11-22T09:30:00.000Z',
  created_at: '2026-11-22T09:30:00.000Z',
  updated_at: '2026-11-22T09:30:00.000Z',
}

export type AnyContentType = ContentType<Record<string, unknown>, Record<string, unknown>>

/** The schemas of an item and of a page of items, for the OpenAPI document only. */
function responseSchemas({ name, fields, stored, inLists, defaults, example }: AnyContentType) {
  const { title, ...ownExample } = example
  const shared = { ...SHARED_EXAMPLE, title, visibility: defaults.visibility }
  const shown = lazy(() =>
    Object.fromEntries(
      Object.entries({ ...fields(), ...stored?.() }).map(([field, schema]) => [field, always(schema ?? z.unknown())]),
    ),
  )
  const Item = lazy(() =>
    z.object({ ...sharedFields(), ...shown() }).openapi(name, { example: { ...shared, ...ownExample } }),
  )
  const inList = <T>(own: Record<string, T>) =>
    Object.fromEntries(Object.entries(own).filter(([field]) => inLists.includes(field)))
  const Summary = lazy(() =>
    z
      .object({ ...sharedFields(), ...inList(shown()) })
      .openapi(`${name}Summary`, { example: { ...shared, ...inList(ownExample) } }),
  )
  const Page = pageOf(`${name}Page`, Summary)
  return { Item, Page }
}

/** The schemas of an item, of a page of items, and of the bodies that create and update an item. */
export function contentSchemas(contentType: AnyContentType) {
  const { name, fields, defaults, example } = contentType
  const sent = lazy(() => ({ title: NewTitle(), ...fields(), visibility: Visibility().optional() }))
  const defaultDescription = (value: unknown) => ({ description: `Default: \`${String(value)}\`.` })
  const Draft = lazy(() =>
    z
      .strictObject({
        ...Object.fromEntries(Object.entries(sent()).map(([field, schema]) => [field, orNull(schema)])),
        title: sent().title,
        visibility: Visibility().nullish().openapi(defaultDescription(defaults.visibility)),
        draft: z.boolean().nullish().openapi(defaultDescription(defaults.draft)),
      })
      .openapi(`${name}Draft`, { example }),
  )
  const Update = lazy(() =>
    z
      .strictObject(sent())
      .partial()
      .refine((changes) => Object.keys(changes).length > 0, 'At least one field is required.')
      .openapi(`${name}Update`, { minProperties: 1, example: { title: example.title } }),
  )
  return { ...responseSchemas(contentType), Draft, Update }
}

/** The field of a response, where it is never left out. */
const always = (field: z.ZodType): z.ZodType => (field instanceof z.ZodOptional ? z.nonoptional(field) : field)

/** A field of a new item: null means the same as leaving an optional field out. */
function orNull(field: z.ZodType): z.ZodType {
  const inner = field instanceof z.ZodOptional ? field.unwrap() : null
  return inner === null || inner instanceof z.ZodNullable ? field : z.nullish(inner)
}

/** The first and the last instant of RFC 3339 in UTC. A time with an offset can be beyond them, in a year without four digits. */
const [FIRST, LAST] = [Date.parse('0000-01-01T00:00:00.000Z'), Date.parse('9999-12-31T23:59:59.999Z')]
const isInTime = (at: string) => !(Date.parse(at) < FIRST || Date.parse(at) > LAST)

/** RFC 3339 §5.6: `t` and `z` may be lower case. */
const instant = lazy(() =>
  z
    .string()
    .max(40, 'Must have at most 40 characters.')
    .toUpperCase()
    .pipe(z.iso.datetime({ offset: true }))
    .refine(isInTime, 'Must be in the years 0 to 9999, in UTC.')
    .openapi({ type: 'string', format: 'date-time', maxLength: 40 }),
)

/** The body of a publication: the time, or nothing for now. */
export const Publication = lazy(() =>
  z
    .strictObject({
      at: instant()
        .nullish()
        .openapi({ type: ['string', 'null'] }),
    })
    .openapi('Publication', { example: { at: '2027-01-01T00:00:00.000Z' } }),
)
