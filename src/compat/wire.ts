/** What both old APIs need: their routes under a prefix, bodies that they accept, and errors in their own shape. */
import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { z } from 'zod'
import { COMPAT_TOKEN_SECONDS, verifyAccessToken } from '../accounts/access-token.ts'
import { withPolicies } from '../accounts/guards.ts'
import type { AppEnv, Caller, CurrentUser } from '../http/context.ts'
import { readBytes } from '../http/json-body.ts'
import type { Problem } from '../http/problem.ts'
import { enforceCompatLimit } from '../http/rate-limit.ts'
import { toProblem } from '../http/render.ts'

export type Handler = (c: Context<AppEnv>, id: number) => Promise<Response> | Response

type Route = {
  summary: string
  handle: Handler
  /** Whether it can be used without a token. */
  isOpen?: boolean
  query?: z.ZodObject
  body?: z.ZodType
  /** The schema of a success. Absent: a redirect. */
  success?: z.ZodType
}

export type Wire = {
  name: string
  /** What the OpenAPI document says of it. */
  description: string
  /** Method and path, such as `GET /post/{id}`, with what the OpenAPI document says of it. */
  routes: Record<string, Route>
  /** The schemas of its errors by media type. */
  errors: Record<string, z.ZodType>
  /** A problem as a client of this API knows it. */
  render: (problem: Problem, c: Context<AppEnv>) => Response
}

const prefixOf = ({ name }: Wire) => `/compat/${name}`

/** The tag of an API in the OpenAPI document. */
export const tagOf = ({ name, description }: Wire) => ({ name: `compat-${name}`, description })

/** The API that a path belongs to. */
export const wireOf = (wires: readonly Wire[], path: string): Wire | undefined =>
  wires.find((wire) => path.startsWith(`${prefixOf(wire)}/`))

/** `Retry-After` in seconds where the problem does not say how long, as when the configuration is missing. */
const RETRY_SECONDS = '60'

export function renderInWire(wire: Wire, error: unknown, c: Context<AppEnv>): Response {
  const response = wire.render(toProblem(error, c), c)
  const isTemporary = response.status === 429 || response.status === 503
  if (isTemporary && !response.headers.has('Retry-After')) response.headers.set('Retry-After', RETRY_SECONDS)
  return response
}

/** Adds the routes of an API to the app and to its document. */
export function mountWire(app: OpenAPIHono<AppEnv>, wire: Wire): void {
  const paths = Map.groupBy(Object.entries(wire.routes), ([route]) => route.split(' ')[1] ?? '')
  for (const [path, routes] of paths) {
    const pattern = `${prefixOf(wire)}${path.replace('{id}', ':id')}`
    for (const [route, description] of routes) {
      const method = route.split(' ')[0] ?? ''
      // Hono sends HEAD to the handler of GET.
      app.on(method, pattern, (c) => respond(c, description.handle))
      app.openAPIRegistry.registerPath(document(wire, route, description))
    }
    const methods = routes.map(([route]) => route.split(' ')[0] ?? '')
    app.all(pattern, (c) => (isKnownPath(c) ? respondToOtherMethod(c, methods) : notFound(c)))
  }
  app.all(`${prefixOf(wire)}/*`, (c) => notFound(c))
}

/** Flask's `int` converter takes digits alone; other paths are not routes. */
const isKnownPath = (c: Context<AppEnv>) => /^\d+$/.test(c.req.param('id') ?? '0')

function respond(c: Context<AppEnv>, handle: Handler): Promise<Response> | Response {
  if (!isKnownPath(c)) return notFound(c)
  const id = Number(c.req.param('id'))
  // An id beyond the integers of the database is of nothing, as 0 is.
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
  { name, description, errors }: Wire,
  route: string,
  { summary, query, body, success, isOpen = false }: Route,
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
    description: `As an older service had it, for its clients. ${description}`,
    deprecated: true,
    security: isOpen ? [] : [{ bearer: [] }],
    request: {
      ...(path.includes('{id}') && { params: z.object({ id: z.int().min(0).openapi({ format: 'int64' }) }) }),
      ...(query && { query }),
      ...(body && { body: { required: true, content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      ...(success
        ? { 200: { description: 'Success.', content: { 'application/json': { schema: success } } } }
        : { 308: { description: 'A redirect.' } }),
      default: {
        description: 'An error in the shape of this API.',
        content: Object.fromEntries(Object.entries(errors).map(([type, schema]) => [type, { schema }])),
      },
    },
  }
}

/** The caller whose tokens live for 12 hours: a client of an old API cannot refresh them. */
export const longLived = (c: Context<AppEnv>): Caller => ({ ...c.get('caller'), lifetime: COMPAT_TOKEN_SECONDS })

/** The limit of these APIs, whose clients are often servers with one address for all their users. Throws `too-many-requests`. */
export const limitRate = (c: Context<AppEnv>) => enforceCompatLimit(c)

/** The user of a token, or null if it is not valid. Sets the current user. */
export async function identify(c: Context<AppEnv>, token: string): Promise<CurrentUser | null> {
  const config = c.get('config')
  const user = await verifyAccessToken(config, token)
  const currentUser = user && withPolicies(config, user)
  c.set('currentUser', currentUser)
  return currentUser
}

const MAX_BODY_BYTES = 1024 * 1024

/**
 * The JSON value of the body. Undefined where the media type is not JSON, which Flask does not read; `malformed` where it
 * is not JSON text in UTF-8.
 */
export async function readBody(c: Context<AppEnv>): Promise<{ value: unknown } | 'malformed' | undefined> {
  const [type = ''] = (c.req.header('Content-Type') ?? '').split(';')
  if (!/^application\/([\w.-]+\+)?json$/i.test(type.trim())) return undefined
  try {
    // As in Python's `json`, a byte order mark is skipped.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(
      await readBytes(c.req.raw, MAX_BODY_BYTES),
    )
    return { value: JSON.parse(text) }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return 'malformed'
    throw error
  }
}

/** The members of a JSON object; none of anything else. */
export const membersOf = (value: unknown): ReadonlyMap<string, unknown> =>
  new Map(typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [])

/** `2026-11-25T07:17:29`: UTC, as Flask writes a time without a zone. */
export const flaskTime = (at: Date) => at.toISOString().slice(0, 19)
