/** better-auth as its documentation shows it on Workers, with a session check in front of the bare Worker's posts. */
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { create, list, read } from './bare.ts'

type Env = { DB: D1Database; JWT_SECRET: string }

const configure = (env: Env, baseURL: string) =>
  betterAuth({
    baseURL,
    secret: env.JWT_SECRET,
    database: env.DB,
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
  })

let auth: ReturnType<typeof configure> | undefined

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, origin } = new URL(request.url)
    auth ??= configure(env, origin)
    if (pathname === '/migrate') {
      await (await getMigrations(auth.options)).runMigrations()
      return new Response(null, { status: 204 })
    }
    if (pathname.startsWith('/api/auth/')) return auth.handler(request)

    const session = await auth.api.getSession({ headers: request.headers })
    if (!session) return Response.json({ error: 'unauthenticated' }, { status: 401 })
    // better-auth has its own user ids. The posts belong to the first user of Postern.
    if (request.method === 'GET' && pathname === '/posts') return list(env)
    if (request.method === 'POST' && pathname === '/posts') return create(await request.json(), 1, env)
    const id = /^\/posts\/(\d+)$/.exec(pathname)?.[1]
    if (request.method === 'GET' && id !== undefined) return read(Number(id), 1, env)
    return Response.json({ error: 'not found' }, { status: 404 })
  },
}
