/**
 * A service under a path, as `example.com/api/*`: requests lose the prefix, and what the service says of its own paths
 * gets it. It stands before the app, as a reverse proxy would, so that no route has to know where it is mounted.
 */
import type { Env } from '../config.ts'

type FetchHandler = (request: Request, env: Env, context: ExecutionContext) => Response | Promise<Response>

/** The same handler under `BASE_PATH`; with no `BASE_PATH`, the handler itself at no cost. */
export const underBasePath =
  (handler: FetchHandler): FetchHandler =>
  async (request, env, context) => {
    const { BASE_PATH: base } = env
    if (!base) return handler(request, env, context)
    const inside = withoutPrefix(request, base)
    const response = await handler(inside, env, context)
    return withPrefix(response, inside, base)
  }

/** A path that no route has: what is outside of the base path is not found. */
const OUTSIDE = '/.outside'

function withoutPrefix(request: Request, base: string): Request {
  const url = new URL(request.url)
  const isInside = url.pathname === base || url.pathname.startsWith(`${base}/`)
  url.pathname = isInside ? url.pathname.slice(base.length) || '/' : OUTSIDE
  const inside = new Request(url, request)
  const cookie = inside.headers.get('Cookie')
  // The other service on this host may have a cookie of that name: it is not this service's.
  const renamed = cookie?.replaceAll(`${HOST_COOKIE}=`, 'other=').replaceAll(`${SECURE_COOKIE}=`, `${HOST_COOKIE}=`)
  if (renamed !== undefined) inside.headers.set('Cookie', renamed)
  return inside
}

/** A `__Host-` cookie has the path `/` (RFC 6265bis §4.1.3.2), so everything else on the host would be sent it too. */
const [HOST_COOKIE, SECURE_COOKIE] = ['__Host-refresh', '__Secure-refresh']

async function withPrefix(response: Response, request: Request, base: string): Promise<Response> {
  const headers = new Headers(response.headers)
  for (const name of ['Location', 'Link']) {
    const value = headers.get(name)
    if (value !== null) headers.set(name, prefixPath(value, base))
  }
  const cookies = headers.getSetCookie()
  headers.delete('Set-Cookie')
  for (const cookie of cookies) headers.append('Set-Cookie', moveCookie(cookie, base))
  const rewrite = rewriterOf(response, new URL(request.url))
  if (!rewrite) return new Response(response.body, { status: response.status, headers })
  headers.delete('Content-Length')
  return new Response(rewrite(await response.text(), base), { status: response.status, headers })
}

const prefixPath = (text: string, base: string) => text.replace(/^(\^?<?)\/(?!\/)/, `$1${base}/`)

const moveCookie = (text: string, base: string) =>
  text.replaceAll(HOST_COOKIE, SECURE_COOKIE).replace(/\bPath=\/(?=;|$)/i, `Path=${base}`)

type Rewrite = (text: string, base: string) => string

/** Only what the service itself writes is changed: never the content of users. */
function rewriterOf({ headers, body }: Response, { origin, pathname }: URL): Rewrite | undefined {
  if (body === null) return undefined
  const [type = ''] = (headers.get('Content-Type') ?? '').split(';')
  const prefixOrigin: Rewrite = (text, base) => text.replaceAll(`${origin}/`, `${origin}${base}/`)
  if (type === 'text/html') {
    return (text, base) => prefixOrigin(text.replaceAll(/\b(href|src|action)="\/(?!\/)/g, `$1="${base}/`), base)
  }
  if (type === 'application/problem+json' || OWN_DOCUMENTS.test(pathname)) return prefixStrings
  return type === 'application/ld+json' || pathname.startsWith('/operator/') ? prefixOrigin : undefined
}

const OWN_DOCUMENTS = /^\/($|openapi\.json$|problems(\/|$))/

/** Every string that is a path from the root, in a document that has no text of users. */
const prefixStrings: Rewrite = (text, base) =>
  JSON.stringify(
    JSON.parse(text, (key, value: unknown) => {
      if (typeof value !== 'string' || key === 'pointer') return value
      return value === '/' ? base : moveCookie(prefixPath(value, base), base)
    }),
  )
