/** Pages of lists: a signed cursor in the body and in the `Link` header. */
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { decodeCursor, encodeCursor, type Position } from '../content/cursor.ts'
import type { AppEnv } from '../http/context.ts'
import { opaque } from '../http/openapi.ts'
import { Problem } from '../http/problem.ts'
import { lazy } from '../lazy.ts'

/** The maximum number of items on a page. */
export const MAX_PAGE = 100

const DEFAULT_LIMIT = 20

const INVALID_CURSOR = { parameter: 'cursor', detail: 'Must be the `next_cursor` of this list.' }

type RequestContext<V extends object> = Context<AppEnv & { Variables: V }>
type Query = { limit?: number | undefined; cursor?: string | undefined }
type Page = { limit: number; scope: string }

/**
 * The limit and the start of a page. A cursor is valid only for the path and the `filter` that it was issued for: by
 * default, the other parameters. Throws `invalid-input` (422) for any other cursor.
 */
export function pageRequest<V extends object>(
  c: RequestContext<V>,
  { limit = DEFAULT_LIMIT, cursor, ...others }: Query,
  filter: object = others,
) {
  const scope = JSON.stringify([c.req.path, filter])
  const from = cursor === undefined ? null : decodeCursor(c.get('config'), scope, cursor)
  if (cursor !== undefined && !from) throw new Problem('invalid-input', { errors: [INVALID_CURSOR] })
  return { limit, from, scope }
}

/** The cursor of the next page, which begins at `next`, also in the `Link` header (RFC 8288). Null on the last page. */
export function linkToNext<V extends object>(
  c: RequestContext<V>,
  { limit, scope }: Page,
  next: Position | null,
): string | null {
  if (!next) return null
  const cursor = encodeCursor(c.get('config'), scope, next)
  const sent = Object.entries(c.req.query()).filter(([, value]) => value !== '')
  const query = new URLSearchParams({ ...Object.fromEntries(sent), limit: String(limit), cursor })
  c.header('Link', `<${c.req.path}?${query.toString()}>; rel="next"`)
  return cursor
}

/** The body of a page that no cache stores. If there is a next page, `rows` has one row more than the page. */
export function pageResponse<Row, V extends object>(
  c: RequestContext<V>,
  page: Page,
  rows: Row[],
  positionOf: (row: Row) => Position,
) {
  const [next] = rows.slice(page.limit)
  c.header('Cache-Control', 'no-store')
  return { items: rows.slice(0, page.limit), next_cursor: linkToNext(c, page, next ? positionOf(next) : null) }
}

/** The position in a list that is ordered by id. */
export const byId = ({ id }: { id: number }): Position => ({ at: 0, id })

/** The schema of a page: its items and the cursor of the next page. */
export const pageOf = <T extends z.ZodType>(component: string, item: () => T) =>
  lazy(() =>
    z
      .object({ items: z.array(item()).max(MAX_PAGE), next_cursor: opaque(200).nullable().openapi({ example: null }) })
      .openapi(component),
  )
