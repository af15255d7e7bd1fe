/** The router that every file in `routes/` uses: a route reads and validates its body once, after its guard. */
import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { z } from 'zod'
import type { AppEnv } from './context.ts'
import { readJsonBody, requireBody } from './json-body.ts'
import { invalidInput, validationHook } from './validation.ts'

/** The maximum size of a body in a route about accounts, in bytes. */
export const MAX_ACCOUNT_BODY = 64 * 1024

/** The default maximum size of a body, in bytes. */
const MAX_BODY_BYTES = 2 * 1024 * 1024

/**
 * An `OpenAPIHono` that replaces the body validator of `@hono/zod-openapi`, which refuses media types that RFC 9110 §8.3.1
 * allows, and an optional body that is empty, and does not find duplicate members.
 */
export function createRouter({ maxBodyBytes = MAX_BODY_BYTES } = {}): OpenAPIHono<AppEnv> {
  const router = new OpenAPIHono<AppEnv>({ defaultHook: validationHook })
  const register = router.openapi
  router.openapi = (route, handler, hook) => {
    const body = bodyOf(route)
    if (!body) return register(route, handler, hook)
    const { middleware: given = [], ...documented }: RouteConfig = route
    router.openAPIRegistry.registerPath(documented)
    const { body: _, ...request } = route.request ?? {}
    const guards = [given].flat()
    const middleware = [...guards, validateBody(body.schema, body.isRequired, maxBodyBytes)]
    return register({ ...route, hide: true, request, middleware }, handler, hook)
  }
  return router
}

type Body = { schema: z.ZodType; isRequired: boolean }

/** The JSON body that a route declares, if any. */
function bodyOf({ request }: RouteConfig): Body | undefined {
  const media = request?.body?.content['application/json']
  const schema = media && 'schema' in media ? media.schema : undefined
  return schema instanceof z.ZodType ? { schema, isRequired: request?.body?.required === true } : undefined
}

/** An optional body may be absent, `null` or `{}`: all three mean that nothing was sent. */
function validateBody(schema: z.ZodType, isRequired: boolean, maxBytes: number): MiddlewareHandler {
  return async function readBody(c, next) {
    const value = await readJsonBody(c.req, maxBytes)
    if (isRequired) requireBody(value)
    c.req.addValidatedData('json', !isRequired && isEmpty(value) ? {} : validate(schema, value))
    await next()
  }
}

function validate(schema: z.ZodType, value: unknown): object {
  const { data, error } = schema.safeParse(value)
  if (error) throw invalidInput(error, 'json')
  return Object(data)
}

const isEmpty = (value: unknown) =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
