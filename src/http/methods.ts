/** The methods of each path: the response to `OPTIONS` (RFC 9110 §9.3.7) and to any other method (405, §15.5.6). */
import type { Context, Hono, Next } from 'hono'
import type { AppEnv } from './context.ts'
import { Problem } from './problem.ts'
import { renderProblem } from './render.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export function allowedMethods(app: Hono<AppEnv>) {
  let literal: Map<string, Set<string>> | undefined

  /** Middleware. A path without parameters has its own methods: `/users/login` also matches `/users/{username}`. */
  const checkLiteralPath = (c: Context<AppEnv>, next: Next): Promise<void> => {
    const methods = (literal ??= literalPaths(app)).get(c.req.path)
    if (!methods || methods.has(c.req.method)) return next()
    c.res = respond(c, [...methods])
    return Promise.resolve()
  }

  /** For a request without a handler: undefined if the path has no other method either. */
  const respondToOtherMethods = (c: Context<AppEnv>): Response | undefined => {
    const methods = METHODS.filter((method) => {
      const [handlers] = app.router.match(method, c.req.path)
      return handlers.some(([[, route]]) => route.method === method)
    }).flatMap(withHead)
    return methods.length > 0 && !methods.includes(c.req.method) ? respond(c, methods) : undefined
  }

  return { checkLiteralPath, respondToOtherMethods }
}

function respond(c: Context<AppEnv>, methods: string[]): Response {
  const Allow = [...methods, 'OPTIONS'].join(', ')
  if (c.req.method === 'OPTIONS') return c.body(null, 204, { Allow })
  return renderProblem(new Problem('method-not-allowed', { headers: { Allow } }), c)
}

const withHead = (method: string) => (method === 'GET' ? ['GET', 'HEAD'] : [method])

/** The methods of each path without parameters. */
function literalPaths(app: Hono<AppEnv>): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const { path, method } of app.routes) {
    if (method === 'ALL' || /[:*]/.test(path)) continue
    const methods = found.get(path) ?? new Set()
    for (const name of withHead(method)) methods.add(name)
    found.set(path, methods)
  }
  return found
}
