/** The routes of any content type. A content type declares its columns and defaults: see `posts.ts` and `recipes.ts`. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../http/context.ts'
import { createRouter } from '../http/router.ts'
import type { ContentTable } from '../store/schema.ts'
import { addCollectionRoutes } from './content/collection.ts'
import { contentRoutesContext } from './content/context.ts'
import { addItemRoutes } from './content/item.ts'
import { addPublicationRoutes } from './content/publication.ts'
import type { AnyContentType, ContentType, Own, OwnInput } from './content/schema.ts'

export function contentRoutes<T extends ContentTable>(
  table: T,
  contentType: ContentType<Own<T>, OwnInput<T>>,
): OpenAPIHono<AppEnv>
export function contentRoutes(table: ContentTable, contentType: AnyContentType) {
  const context = contentRoutesContext(table, contentType)
  const router = createRouter()
  addCollectionRoutes(router, context)
  addItemRoutes(router, context)
  addPublicationRoutes(router, context)
  return router
}
