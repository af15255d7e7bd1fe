/** The router that every file in `routes/` uses: a route reads and validates its body once, after its guard. */
import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi'
import type { HonoRequest, MiddlewareHandler } from 'hono'
import { z } from 'zod'
import { lazy } from '../lazy.ts'
import type { AppEnv } from './context.ts'
import { readJsonBody, requireBody } from './json-body.ts'
import { PathRouter } from './path-router.ts'
import { invalidInput, validationHook } from './validation.ts'

/** The maximum size of a body in a route about accounts, in bytes. */
export const MAX_ACCOUNT_BODY = 64 * 1024

/** The default maximum size of a body, in bytes. */
const MAX_BODY_BYTES = 2 * 1024 * 1024

/**
 * An `OpenAPIHono` that validates a whole request in one middleware. The validators of `OpenAPIHono` are one for each
 * part, read all headers, and refuse an empty optional body and media types that RFC 9110 §8.3.1 allows.
 */
export function createRouter({ maxBodyBytes = MAX_BODY_BYTES } = {}): OpenAPIHono<AppEnv> {
  const router = new OpenAPIHono<AppEnv>({ defaultHook: validationHook, router: new PathRouter() })
  const register = router.openapi
  router.openapi = (route, handler, hook) => {
    if (!route.request) return register(route, handler, hook)
    const { middleware: given = [], ...documented }: RouteConfig = route
    router.openAPIRegistry.registerPath(documented)
    const middleware = [...[given].flat(), validateRequest(route.request, maxBodyBytes)]
    return register({ ...route, hide: true, request: {}, middleware }, handler, hook)
  }
  return router
}

type Parts = NonNullable<RouteConfig['request']>

/** Validates query, path, headers and body, in this order. Throws `invalid-input` (422), or as `readJsonBody`. */
function validateRequest(parts: Parts, maxBytes: number): MiddlewareHandler {
  // The first request of the route creates its schemas: see `requestOf`.
  const validators = lazy(() => validatorsOf(parts))

  const validate: MiddlewareHandler = function validate({ req }, next) {
    const { query, path, headers } = validators()
    if (query) req.addValidatedData('query', query(queryOf(req)))
    if (path) req.addValidatedData('param', path(req.param()))
    if (headers) req.addValidatedData('header', headers.validate(headersOf(req, headers.names)))
    return next()
  }
  if (!('body' in parts)) return validate
  return async function validateWithBody(c, next) {
    await validate(c, () => Promise.resolve())
    const value = await readJsonBody(c.req, maxBytes)
    const { body } = validators()
    if (body?.isRequired) requireBody(value)
    // An optional body may be absent, `null` or `{}`: all three mean that nothing was sent.
    const isNothing = !body || (!body.isRequired && isEmpty(value))
    c.req.addValidatedData('json', isNothing ? {} : body.validate(value))
    await next()
  }
}

function validatorsOf({ query, params, headers, body }: Parts) {
  const media = body?.content['application/json']
  const json = media && 'schema' in media ? media.schema : undefined
  return {
    query: query && validatorOf(query, 'query'),
    path: params && validatorOf(params, 'param'),
    headers:
      headers instanceof z.ZodObject
        ? { names: Object.keys(headers.shape), validate: validatorOf(headers, 'header') }
        : undefined,
    body:
      json instanceof z.ZodType
        ? { isRequired: body?.required === true, validate: validatorOf(json, 'json') }
        : undefined,
  }
}

/** Validates one part. The result for a part without members is computed once. */
function validatorOf(schema: z.ZodType, target: string): (value: unknown) => object {
  let ofNothing: object | undefined
  const validate = (value: unknown) => {
    const { data, error } = schema.safeParse(value)
    if (error) throw invalidInput(error, target)
    return Object(data)
  }
  return (value) =>
    target !== 'json' && isEmpty(value) ? (ofNothing ??= Object.freeze(validate({}))) : validate(value)
}

/**
 * The query parameters without those that are empty: a form sends its empty fields, which mean the same as none. A
 * repeated parameter becomes a list, which no schema accepts.
 */
function queryOf(req: HonoRequest): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(req.queries())
      .filter(([, values]) => values.length > 1 || values[0] !== '')
      .map(([name, values]) => [name, values.length > 1 ? values : (values[0] ?? '')]),
  )
}

function headersOf(req: HonoRequest, names: string[]): Record<string, string> {
  const sent: Record<string, string> = {}
  for (const name of names) {
    const value = req.header(name)
    if (value !== undefined) sent[name] = value
  }
  return sent
}

const isEmpty = (value: unknown) =>
  value === undefined ||
  value === null ||
  (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0)
