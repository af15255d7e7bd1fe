/**
 * Serves the app under a path, such as `example.com/api/*`. It removes the prefix from requests and adds it to the paths
 * in responses, as a reverse proxy would, so that no route knows where it is mounted.
 */
import type { Env } from '../config.ts'

type FetchHandler = (request: Request, env: Env, context: ExecutionContext) => Response | Promise<Response>

/** The handler under `BASE_PATH`. Without `BASE_PATH`, it calls the handler unchanged. */
export const underBasePath =
  (handler: FetchHandler): FetchHandler =>
  async (request, env, context) => {
    const { BASE_PATH: base } = env
    if (!base) return handler(request, env, context)
    const inside = withoutPrefix(request, base)
    const response = await handler(inside, env, context)
    return withPrefix(response, inside, base)
  }

/** A path without a route, for requests outside of the base path. */
const OUTSIDE = '/.outside'

function withoutPrefix(request: Request, base: string): Request {
  const url = new URL(request.url)
  const isInside = url.pathname === base || url.pathname.startsWith(`${base}/`)
  url.pathname = isInside ? url.pathname.slice(base.length) || '/' : OUTSIDE
  const inside = new Request(url, request)
  const cookie = inside.headers.get('Cookie')
  // A `__Host-refresh` cookie belongs to another service on this host.
  const renamed = cookie?.replaceAll(`${HOST_COOKIE}=`, 'other=').replaceAll(`${SECURE_COOKIE}=`, `${HOST_COOKIE}=`)
  if (renamed !== undefined) inside.headers.set('Cookie', renamed)
  return inside
}

/** Browsers would send a `__Host-` cookie to every path of the host (RFC 6265bis §4.1.3.2). */
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

/** Changes only texts of the service, never the content of users. Undefined if nothing is changed. */
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

/** Prefixes every string that is an absolute path, in a document without texts of users. */
const prefixStrings: Rewrite = (text, base) =>
  JSON.stringify(
    JSON.parse(text, (key, value: unknown) => {
      if (typeof value !== 'string' || key === 'pointer') return value
      return value === '/' ? base : moveCookie(prefixPath(value, base), base)
    }),
  )
