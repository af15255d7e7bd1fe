/** The router that every file in `routes/` uses: a route reads and validates its body once, after its guard. */
import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi'
import type { HonoRequest, MiddlewareHandler } from 'hono'
import { z } from 'zod'
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
    const middleware = [...[given].flat(), validateRequest(route.request, bodyOf(route), maxBodyBytes)]
    return register({ ...route, hide: true, request: {}, middleware }, handler, hook)
  }
  return router
}

type Parts = NonNullable<RouteConfig['request']>
type Body = { schema: z.ZodType; isRequired: boolean }

/** The JSON body that a route declares, if any. */
function bodyOf({ request }: RouteConfig): Body | undefined {
  const media = request?.body?.content['application/json']
  const schema = media && 'schema' in media ? media.schema : undefined
  return schema instanceof z.ZodType ? { schema, isRequired: request?.body?.required === true } : undefined
}

/** Validates query, path, headers and body, in this order. Throws `invalid-input` (422), or as `readJsonBody`. */
function validateRequest({ query, params, headers }: Parts, body: Body | undefined, maxBytes: number) {
  const ofQuery = query && validatorOf(query, 'query')
  const ofPath = params && validatorOf(params, 'param')
  const ofHeaders = headers && !Array.isArray(headers) ? validatorOf(headers, 'header') : undefined
  const names = headers instanceof z.ZodObject ? Object.keys(headers.shape) : []

  const validate: MiddlewareHandler = function validate({ req }, next) {
    if (ofQuery) req.addValidatedData('query', ofQuery(queryOf(req)))
    if (ofPath) req.addValidatedData('param', ofPath(req.param()))
    if (ofHeaders) req.addValidatedData('header', ofHeaders(headersOf(req, names)))
    return next()
  }
  if (!body) return validate
  const { schema, isRequired } = body
  const ofBody = validatorOf(schema, 'json')
  const validateWithBody: MiddlewareHandler = async function validateWithBody(c, next) {
    await validate(c, () => Promise.resolve())
    const value = await readJsonBody(c.req, maxBytes)
    if (isRequired) requireBody(value)
    // An optional body may be absent, `null` or `{}`: all three mean that nothing was sent.
    c.req.addValidatedData('json', !isRequired && isEmpty(value) ? {} : ofBody(value))
    await next()
  }
  return validateWithBody
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

/** A repeated parameter becomes a list, which no schema accepts. */
function queryOf(req: HonoRequest): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(req.queries()).map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
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
