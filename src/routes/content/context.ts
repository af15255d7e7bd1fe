/** The parts that the routes of a content type share. */
import type { z } from '@hono/zod-openapi'
import { getTableColumns } from 'drizzle-orm'
import { ifMatchVersions } from '../../http/conditional.ts'
import { jsonResponse, WRITE_PROBLEMS } from '../../http/openapi.ts'
import type { ContentTable } from '../../store/schema.ts'
import { ETagHeader, IdParameter, IfMatch } from './parameters.ts'
import { contentSchemas, type AnyContentType } from './schema.ts'

export type ContentRoutes = ReturnType<typeof contentRoutesContext>

export function contentRoutesContext(table: ContentTable, contentType: AnyContentType) {
  const { name, path, inLists } = contentType
  const schemas = contentSchemas(contentType)
  const noun = name.toLowerCase()
  return {
    table,
    contentType,
    schemas,
    noun,
    tags: [path.slice(1)],
    /** The own columns that lists show. */
    own: Object.fromEntries(Object.entries(getTableColumns(table)).filter(([column]) => inLists.includes(column))),
    one: jsonResponse(schemas.Item, `The ${noun}.`, ETagHeader),
    target: { params: IdParameter, headers: IfMatch },
  }
}

/** The problems of every change by the author. */
export const OWNER_PROBLEMS = [
  'too-many-writes',
  'unauthenticated',
  'invalid-token',
  'forbidden',
  'not-found',
  'version-conflict',
  'invalid-input',
  ...WRITE_PROBLEMS,
] as const

/** The item that a request changes, and the versions that `If-Match` allows. */
export const targetOf = (
  { id }: z.infer<ReturnType<typeof IdParameter>>,
  { 'if-match': ifMatch }: z.infer<ReturnType<typeof IfMatch>>,
) => ({
  id,
  versions: ifMatchVersions(ifMatch),
})
