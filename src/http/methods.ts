/** The methods of each path: the response to `OPTIONS` (RFC 9110 §9.3.7) and to any other method (405, §15.5.6). */
import type { Context, Hono, MiddlewareHandler } from 'hono'
import { methodNotAllowed } from 'hono/method-not-allowed'
import type { AppEnv } from './context.ts'
import { Problem } from './problem.ts'
import { renderProblem } from './render.ts'

export function allowedMethods(app: Hono<AppEnv>): MiddlewareHandler<AppEnv> {
  const onMethodNotAllowed = (c: Context<AppEnv>, methods: string[]) => {
    const Allow = [...methods, 'OPTIONS'].join(', ')
    if (c.req.method === 'OPTIONS') return c.body(null, 204, { Allow })
    return renderProblem(new Problem('method-not-allowed', { headers: { Allow } }), c)
  }
  const checkTemplates = methodNotAllowed({ app, onMethodNotAllowed })
  let literal: Map<string, string[]> | undefined

  return async function checkMethod(c, next) {
    // `/users/login` also matches `/users/{username}`, which has other methods.
    const methods = (literal ??= literalPaths(app)).get(c.req.path)
    if (methods && !methods.includes(c.req.method)) return onMethodNotAllowed(c, methods)
    return checkTemplates(c, next)
  }
}

/** The methods of each path without parameters. */
function literalPaths(app: Hono<AppEnv>): Map<string, string[]> {
  const found = new Map<string, Set<string>>()
  for (const { path, method } of app.routes) {
    if (method === 'ALL' || /[:*]/.test(path)) continue
    const methods = found.get(path) ?? new Set()
    found.set(path, methods.add(method))
    if (method === 'GET') methods.add('HEAD')
  }
  return new Map([...found].map(([path, methods]) => [path, [...methods]]))
}
