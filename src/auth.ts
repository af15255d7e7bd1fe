/** The guards that routes name: who may pass, and what the document says of it. */
import type { MiddlewareHandler } from 'hono'
import type { AppEnv, Config } from './env.ts'
import { Problem } from './problem.ts'
import type { Viewer } from './session.ts'
import { check } from './token.ts'

/** RFC 6750 §2.1. Two `Authorization` lines arrive as one, joined by a comma, and do not fit. */
const BEARER = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i

/** Null where no token was sent; throws `invalid-token` where one was sent that does not hold. */
async function readViewer(authorization: string | undefined, config: Config): Promise<Viewer | null> {
  if (authorization === undefined) return null
  const token = BEARER.exec(authorization)?.[1]
  const viewer = token ? await check(config, token) : null
  if (!viewer) throw new Problem('invalid-token')
  return viewer
}

const requireViewer: MiddlewareHandler<AppEnv & { Variables: { viewer: Viewer } }> = async (c, next) => {
  const viewer = await readViewer(c.req.header('Authorization'), c.get('config'))
  if (!viewer) throw new Problem('unauthenticated')
  c.set('viewer', viewer)
  await next()
}

const allowViewer: MiddlewareHandler<AppEnv & { Variables: { viewer: Viewer | null } }> = async (c, next) => {
  c.set('viewer', await readViewer(c.req.header('Authorization'), c.get('config')))
  c.header('Vary', 'Authorization', { append: true })
  await next()
}

const bearer: string[] = []

/** For a route that needs a signed-in user. Whether the session lives is asked by the route's own statement. */
export const signedIn = { middleware: requireViewer, security: [{ bearer }] }

/** For a route that anybody may call and that shows more to a signed-in user. A token that does not hold is refused. */
export const anyone = { middleware: allowViewer, security: [{}, { bearer }] }
