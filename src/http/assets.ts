/** Static files. The Worker serves them, so that every response has its headers. */
import type { Context } from 'hono'
import type { AppEnv } from './context.ts'
import { Problem } from './problem.ts'

/** The file at the path of the request. Throws `not-found` (404). */
export async function serveAsset(c: Context<AppEnv>): Promise<Response> {
  const file = await c.env.ASSETS?.fetch(c.req.raw)
  if (!file || (!file.ok && file.status !== 304)) throw new Problem('not-found')
  const kept = ['Content-Type', 'ETag'].flatMap((name) => {
    const value = file.headers.get(name)
    return value === null ? [] : [[name, value] as const]
  })
  return c.newResponse(file.body, file.status === 304 ? 304 : 200, {
    ...Object.fromEntries(kept),
    'Cache-Control': 'public, max-age=3600',
  })
}
