/** An old API: its type, its routes under `/compat`, and their part of the OpenAPI document. */
import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import { z } from 'zod'
import type { AppEnv } from '../http/context.ts'
import { allowedOriginsCors } from '../http/headers.ts'
import type { Problem } from '../http/problem.ts'
import { toProblem } from '../http/render.ts'

export type Handler = (c: Context<AppEnv>, id: number) => Promise<Response> | Response

/** A route, and what only the OpenAPI document has of it: its schemas are created at the first request for the document. */
type Route = {
  summary: string
  handle: Handler
  /** Whether the route can be used without a token. Default: false. */
  isOpen?: boolean
  query?: () => z.ZodObject
  body?: () => z.ZodType
  /** The schema of a success. Absent for a redirect. */
  success?: () => z.ZodType
  /** The schema of a 404, if it is not that of the other errors. */
  notFound?: () => z.ZodType
}

export type CompatApi = {
  name: string
  /** The description in the OpenAPI document. */
  description: string
  /** The handlers by method and path, such as `GET /post/{id}`, with their parts of the OpenAPI document. */
  routes: Record<string, Route>
  /** The schemas of its errors by media type. */
  errors: () => Record<string, z.ZodType>
  /** Renders a problem in the format of this API. */
  render: (problem: Problem, c: Context<AppEnv>) => Response
}

const prefixOf = ({ name }: CompatApi) => `/compat/${name}`

/** The tag of an API in the OpenAPI document. */
export const tagOf = ({ name, description }: CompatApi) => ({ name: `compat-${name}`, description })

/** The old API of a path, if any. */
export const compatApiOf = (apis: readonly CompatApi[], path: string): CompatApi | undefined =>
  apis.find((api) => path.startsWith(`${prefixOf(api)}/`))

/** The `Retry-After` in seconds of a response whose problem has none, such as for a missing configuration. */
const RETRY_SECONDS = '60'

export function renderCompatError(api: CompatApi, error: unknown, c: Context<AppEnv>): Response {
  const response = api.render(toProblem(error, c), c)
  const isTemporary = response.status === 429 || response.status === 503
  if (isTemporary && !response.headers.has('Retry-After')) response.headers.set('Retry-After', RETRY_SECONDS)
  return response
}

/** CORS for an old API. The response to a preflight request has the status and the `Allow` of the old service too. */
export const compatCors: MiddlewareHandler<AppEnv> = async function compatCors(c, next) {
  const preflight = await allowedOriginsCors(c, next)
  if (!(preflight instanceof Response)) return
  await next()
  for (const [name, value] of preflight.headers) c.res.headers.set(name, value)
}

/** Adds an old API to the OpenAPI document of the app. */
export function documentCompatApi({ openAPIRegistry }: OpenAPIHono<AppEnv>, api: CompatApi): void {
  for (const [route, description] of Object.entries(api.routes)) {
    openAPIRegistry.registerPath(document(api, route, description))
  }
}

/** Adds the routes of an old API to the app. */
export function mountCompatApi(app: OpenAPIHono<AppEnv>, api: CompatApi): void {
  const paths = Map.groupBy(Object.entries(api.routes), ([route]) => route.split(' ')[1] ?? '')
  for (const [path, routes] of paths) {
    const pattern = `${prefixOf(api)}${path.replace('{id}', ':id')}`
    for (const [route, { handle }] of routes) {
      const method = route.split(' ')[0] ?? ''
      // Hono sends HEAD to the handler of GET.
      app.on(method, pattern, (c) => respond(c, handle))
    }
    const methods = routes.map(([route]) => route.split(' ')[0] ?? '')
    app.all(pattern, (c) => (isKnownPath(c) ? respondToOtherMethod(c, methods) : notFound(c)))
  }
  app.all(`${prefixOf(api)}/*`, (c) => notFound(c))
}

/** Flask's `int` converter matches digits only. Other paths are not routes. */
const isKnownPath = (c: Context<AppEnv>) => /^\d+$/.test(c.req.param('id') ?? '0')

function respond(c: Context<AppEnv>, handle: Handler): Promise<Response> | Response {
  if (!isKnownPath(c)) return notFound(c)
  const id = Number(c.req.param('id'))
  // No item has an id that is not a safe integer, and none has the id 0.
  return handle(c, Number.isSafeInteger(id) ? id : 0)
}

function respondToOtherMethod(c: Context<AppEnv>, methods: readonly string[]): Response {
  const Allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].toSorted().join(', ')
  if (c.req.method === 'OPTIONS') return c.body('', 200, { Allow, 'Content-Type': 'text/html; charset=utf-8' })
  return c.json({ message: 'The method is not allowed for the requested URL.' }, 405, { Allow })
}

const notFound = (c: Context<AppEnv>) => c.json({ message: 'The requested URL was not found on the server.' }, 404)

const METHODS: Record<string, RouteConfig['method']> = { POST: 'post', PUT: 'put', DELETE: 'delete' }

function document(
  { name, description, errors }: CompatApi,
  route: string,
  { summary, query, body, success, notFound: missing, isOpen = false }: Route,
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
      ...(query && { query: query() }),
      ...(body && { body: { required: true, content: { 'application/json': { schema: body() } } } }),
    },
    responses: {
      ...(success
        ? { 200: { description: 'Success.', content: { 'application/json': { schema: success() } } } }
        : { 308: { description: 'A redirect.' } }),
      ...(missing && { 404: { description: 'Not found.', content: { 'application/json': { schema: missing() } } } }),
      default: {
        description: 'An error in the format of this API.',
        content: Object.fromEntries(Object.entries(errors()).map(([type, schema]) => [type, { schema }])),
      },
    },
  }
}
