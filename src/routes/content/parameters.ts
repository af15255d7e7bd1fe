/** The parameters and headers of the routes of content, and of other lists. */
import { z } from '@hono/zod-openapi'
import { MAX_USERNAME } from '../../accounts/username.ts'
import { STATUSES } from '../../content/list-query.ts'
import { integerFormat } from '../../http/openapi.ts'
import { lazy } from '../../lazy.ts'
import { nfcText, text } from '../../text.ts'
import { MAX_PAGE } from '../page.ts'

/** An integer in a path or a query. `z.coerce` would accept `1e2`, ` 7` and the empty string. */
export const whole = (max: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,15}$/, 'Must be an integer of at least 1.')
    .transform(Number)
    .refine((n) => n <= max, `Must be ${max} or less.`)
    .openapi({ type: 'integer', format: integerFormat(max), minimum: 1, maximum: max })

export const IdParameter = lazy(() => z.strictObject({ id: whole(Number.MAX_SAFE_INTEGER).openapi({ example: 1 }) }))

/** The parameters of every list. An empty one means the same as none: see `queryOf` in `http/router.ts`. */
export const pageQuery = lazy(() => ({
  limit: whole(MAX_PAGE).optional().openapi({ description: 'The page size. Default: 20.' }),
  cursor: z.string().max(200).optional().openapi({
    pattern: '^[\\w.-]*$',
    description: 'The `next_cursor` of the previous page.',
  }),
}))

export const ListQuery = lazy(() =>
  z.strictObject({
    ...pageQuery(),
    author: nfcText(0, MAX_USERNAME).optional().openapi({ description: 'Only items of this username.' }),
    status: z.enum(STATUSES).optional().openapi({
      description: 'Default: `published`. The other values require authentication and list your own items.',
    }),
    q: text(0, 200).optional().openapi({
      description:
        'Only items that contain every word. Each word can be the beginning of a word. Without a token, the words are searched in titles and in `public` items.',
    }),
  }),
)

/** RFC 9110 §13.1.1 and §5.6.1.2: `*`, or a list of entity tags. No example: Swagger UI would send it. */
const ENTITY_TAGS = /^(\*|[, \t]*(W\/)?"[^"]*"([ \t]*,([ \t]*(W\/)?"[^"]*")?)*[ \t]*)$/
const TAG_IN_QUOTES = 'Must be `*`, or entity tags in quotation marks: `"1"`.'

/** The condition of a change. */
export const IfMatch = lazy(() =>
  z.object({
    'if-match': z.string().max(2_000).regex(ENTITY_TAGS, TAG_IN_QUOTES).optional().openapi({
      pattern: ENTITY_TAGS.source,
      maxLength: 2_000,
      description:
        'The `ETag` of the version to change. The change fails with 412 if the item has another version by now. A tag that a compressing proxy has changed (`W/"1"`, `"1-gzip"`) means the same.',
    }),
  }),
)
/** RFC 9110 §13.1.2. A value that is not an entity tag matches nothing. */
export const IfNoneMatch = lazy(() =>
  z.object({
    'if-none-match': text(0, 2_000)
      .optional()
      .openapi({ description: 'The `ETag` of a stored response. The response is 304 if it is still current.' }),
  }),
)

/** The key of a request that a client can send again (draft-ietf-httpapi-idempotency-key-header). */
export const IdempotencyKey = lazy(() =>
  z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'Must be 1 to 255 visible ASCII characters.')
    .openapi({ maxLength: 255 }),
)

export const IdempotencyKeyHeader = lazy(() =>
  z.object({
    'idempotency-key': IdempotencyKey().optional().openapi({
      description:
        'A repeated request with the same key within 24 hours writes nothing and gets the response of the first.',
    }),
  }),
)

const header = (description: string, example: string, pattern: string, maxLength: number) =>
  z.string().openapi({ description, example, pattern, maxLength })

export const ETagHeader = lazy(() =>
  z.object({
    ETag: header('Changes with every change of the item or of its author’s name.', '"1"', '^"[\\w-]+"$', 40),
  }),
)
export const CreatedHeaders = lazy(() =>
  z.object({
    ...ETagHeader().shape,
    Location: header('The path of the item.', '/posts/1', '^/\\w+/\\d+$', 50),
    'Idempotent-Replayed': z.literal('true').optional().openapi({ description: 'Present if the key was used before.' }),
  }),
)

export const LinkHeader = lazy(() =>
  z.object({
    Link: header(
      'The next page. Absent on the last page.',
      '</posts?limit=20&cursor=…>; rel="next"',
      '^<',
      4_096,
    ).optional(),
  }),
)
