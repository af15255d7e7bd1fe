/** What may be done at a path: `OPTIONS` asks for it (RFC 9110 §9.3.7), and a method that is not among it is told (§15.5.6). */
import type { Hono, MiddlewareHandler } from 'hono'
import { methodNotAllowed } from 'hono/method-not-allowed'
import type { AppEnv } from './env.ts'
import { Problem, render } from './problem.ts'

export const tellMethods = (app: Hono<AppEnv>): MiddlewareHandler<AppEnv> =>
  methodNotAllowed({
    app,
    onMethodNotAllowed: (c, methods) => {
      const Allow = [...methods, 'OPTIONS'].join(', ')
      if (c.req.method === 'OPTIONS') return c.body(null, 204, { Allow })
      return render(new Problem('method-not-allowed', { headers: { Allow } }), c)
    },
  })
