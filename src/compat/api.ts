/** An old API: its type, its routes under `/compat`, and their part of the OpenAPI document. */
import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { z } from 'zod'
import type { AppEnv } from '../http/context.ts'
import type { Problem } from '../http/problem.ts'
import { toProblem } from '../http/render.ts'

export type Handler = (c: Context<AppEnv>, id: number) => Promise<Response> | Response

export type CompatApi = {
  name: string
  /** The description in the OpenAPI document. */
  description: string
  /** The handlers by method and path, such as `GET /post/{id}`, with their parts of the OpenAPI document. */
  routes: Record<string, { summary: string; handle: Handler; body?: z.ZodType; isOpen?: boolean }>
  /** Renders a problem in the format of this API. */
  render: (problem: Problem, c: Context<AppEnv>) => Response
}

const prefixOf = ({ name }: CompatApi) => `/compat/${name}`

/** The tag of an API in the OpenAPI document. */
export const tagOf = ({ name, description }: CompatApi) => ({ name: `compat-${name}`, description })

/** The old API of a path, if any. */
export const compatApiOf = (apis: readonly CompatApi[], path: string): CompatApi | undefined =>
  apis.find((api) => path.startsWith(`${prefixOf(api)}/`))

export const renderCompatError = (api: CompatApi, error: unknown, c: Context<AppEnv>): Response =>
  api.render(toProblem(error, c), c)

/** Adds the routes of an old API to the app and to the OpenAPI document. */
export function mountCompatApi(app: OpenAPIHono<AppEnv>, api: CompatApi): void {
  const paths = Map.groupBy(Object.entries(api.routes), ([route]) => route.split(' ')[1] ?? '')
  for (const [path, routes] of paths) {
    const handlers = new Map(routes.map(([route, { handle }]) => [route.split(' ')[0] ?? '', handle]))
    app.all(`${prefixOf(api)}${path.replace('{id}', ':id')}`, (c) => respond(c, handlers))
    for (const [route, description] of routes) app.openAPIRegistry.registerPath(document(api, route, description))
  }
  app.all(`${prefixOf(api)}/*`, (c) => notFound(c))
}

function respond(c: Context<AppEnv>, handlers: ReadonlyMap<string, Handler>): Promise<Response> | Response {
  const id = c.req.param('id')
  // Flask's `int` converter matches digits only. Other paths are not routes.
  if (id !== undefined && !/^\d+$/.test(id)) return notFound(c)
  const { method } = c.req
  const handle = handlers.get(method === 'HEAD' ? 'GET' : method)
  // No item has an id that is not a safe integer, and none has the id 0.
  if (handle) return handle(c, Number.isSafeInteger(Number(id)) ? Number(id) : 0)
  const methods = [...handlers.keys(), ...(handlers.has('GET') ? ['HEAD'] : []), 'OPTIONS']
  const Allow = methods.toSorted().join(', ')
  if (method === 'OPTIONS') return c.body('', 200, { Allow, 'Content-Type': 'text/html; charset=utf-8' })
  return c.json({ message: 'The method is not allowed for the requested URL.' }, 405, { Allow })
}

const notFound = (c: Context<AppEnv>) => c.json({ message: 'The requested URL was not found on the server.' }, 404)

const METHODS: Record<string, RouteConfig['method']> = { POST: 'post', PUT: 'put', DELETE: 'delete' }

function document(
  { name, description }: CompatApi,
  route: string,
  { summary, body, isOpen = false }: CompatApi['routes'][string],
): RouteConfig {
  const [method = '', path = ''] = route.split(' ')
  const operation = `${method} ${path}`
    .toLowerCase()
    .replaceAll(/[^a-z]+(.)/g, (_, letter: string) => letter.toUpperCase())
  return {
    method: METHODS[method] ?? 'get',
    path: `/compat/${name}${path}`,
    operationId: `${name}${operation.replace(/^./, (letter) => letter.toUpperCase()).replaceAll(/\W/g, '')}`,
    tags: [`compat-${name}`],
    summary,
    description: `For clients of an older service. ${description}`,
    deprecated: true,
    security: isOpen ? [] : [{ bearer: [] }],
    request: {
      ...(path.includes('{id}') && { params: z.object({ id: z.int().min(0).openapi({ format: 'int64' }) }) }),
      ...(body && { body: { required: true, content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      200: { description: 'Success.', content: { 'application/json': { schema: z.unknown() } } },
      default: {
        description: 'An error in the shape of this API.',
        content: { 'application/json': { schema: z.unknown() } },
      },
    },
  }
}
