/** Pages of the lists for operators: by id, with a signed cursor in the response and in the `Link` header. */
import type { Context } from 'hono'
import { decodeCursor, encodeCursor } from '../content/cursor.ts'
import type { AppEnv, CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import { INVALID_CURSOR } from './content/parameters.ts'

export const DEFAULT_LIMIT = 20

type OperatorContext = Context<AppEnv & { Variables: { currentUser: CurrentUser } }>
type Query = { limit?: number | undefined; cursor?: string | undefined }

/** The limit and the start of a page. Throws `invalid-input` (422) if the cursor is from a list with other parameters. */
export function pageRequest(c: OperatorContext, { limit = DEFAULT_LIMIT, cursor, ...filter }: Query) {
  const scope = JSON.stringify([c.req.path, filter])
  const from = cursor === undefined ? null : decodeCursor(c.get('config'), scope, cursor)
  if (cursor !== undefined && !from) throw new Problem('invalid-input', { errors: [INVALID_CURSOR] })
  return { limit, from: from && from.id, scope }
}

/** The body of a page. If there is a next page, `rows` has one row more than the page. */
export function pageResponse<Row extends { id: number }>(
  c: OperatorContext,
  { limit, scope }: { limit: number; scope: string },
  rows: Row[],
) {
  const [next] = rows.slice(limit)
  const next_cursor = next ? encodeCursor(c.get('config'), scope, { at: 0, id: next.id }) : null
  if (next_cursor) {
    const query = new URLSearchParams({ ...c.req.query(), limit: String(limit), cursor: next_cursor })
    c.header('Link', `<${c.req.path}?${query.toString()}>; rel="next"`)
  }
  c.header('Cache-Control', 'no-store')
  return { items: rows.slice(0, limit), next_cursor }
}
