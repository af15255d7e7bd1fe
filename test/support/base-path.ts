/**
 * The app under the base path of a test run (`BASE_PATH=/api npx vitest run`). It adds the prefix to requests, checks that
 * every path in a response has it, and removes it.
 */
import { env as bindings } from 'cloudflare:workers'
import type { createApp } from '../../src/app.ts'
import type { Env } from '../../src/config.ts'
import { underBasePath } from '../../src/http/base-path.ts'
import { replaceInStream } from './replace-in-stream.ts'

export const BASE_PATH = bindings.TEST_BASE_PATH

type App = ReturnType<typeof createApp>

/** The app itself if there is no base path. */
export function mountForTests(app: App): App {
  if (!BASE_PATH) return app
  const fetch = async (request: Request, env: Env = {}, context = createContext()) => {
    const url = new URL(request.url)
    url.pathname = BASE_PATH + url.pathname
    const outer = new Request(url, request)
    const cookie = outer.headers.get('Cookie')
    const swapped = cookie?.replaceAll(/__(Host|Secure)-/g, (name) => (name === '__Host-' ? '__Secure-' : '__Host-'))
    if (swapped !== undefined) outer.headers.set('Cookie', swapped)
    const response = await underBasePath((inner, given) => app.fetch(inner, given, context))(
      outer,
      withBasePath(env),
      context,
    )
    return withoutBasePath(response, url)
  }
  return Object.assign(Object.create(app) as App, {
    fetch,
    request: (path: string, init: RequestInit = {}, env: Env = {}) =>
      fetch(new Request(new URL(path, 'http://localhost'), init), env),
  })
}

const known = new WeakMap<Env, Env>()

/** Returns the same object for the same environment, because the service caches derived values by it. */
function withBasePath(env: Env): Env {
  const given = known.get(env) ?? { ...env, BASE_PATH }
  known.set(env, given)
  return given
}

const createContext = () => ({ waitUntil() {}, passThroughOnException() {}, props: {} }) as unknown as ExecutionContext

async function withoutBasePath(response: Response, { origin, pathname }: URL): Promise<Response> {
  const headers = new Headers(response.headers)
  for (const name of ['Location', 'Link']) {
    const value = headers.get(name)
    if (value !== null) headers.set(name, strip(value))
  }
  headers.delete('Set-Cookie')
  for (const cookie of response.headers.getSetCookie()) {
    if (!cookie.includes(`Path=${BASE_PATH};`) || cookie.includes('__Host-')) throw leadsOut(cookie)
    headers.append('Set-Cookie', cookie.replace('__Secure-', '__Host-').replace(`Path=${BASE_PATH}`, 'Path=/'))
  }
  if (response.body === null) return new Response(null, { status: response.status, headers })
  const rewrite = rewriterOf(headers.get('Content-Type') ?? '', pathname.slice(BASE_PATH.length))
  const [from, to] = [`${origin}${BASE_PATH}/`, `${origin}/`]
  const body = rewrite ? rewrite(await response.text()).replaceAll(from, to) : replaceInStream(response.body, from, to)
  return new Response(body, { status: response.status, headers })
}

/** Rewrites the paths in a text of the service. Undefined for other responses, which stay streams. */
function rewriterOf(type: string, path: string): ((text: string) => string) | undefined {
  if (type.startsWith('text/html'))
    return (text) => text.replaceAll(/(?<=\b(?:href|src|action)=")\/(?!\/)[^"]*/g, strip)
  if (type === 'application/problem+json') {
    return (text) => JSON.stringify(JSON.parse(text, (key, value) => (key === 'type' ? strip(value) : value)))
  }
  if (!/^\/($|openapi\.json$|problems(\/|$))/.test(path)) return undefined
  return (text) =>
    JSON.stringify(JSON.parse(text, (_key, value) => (typeof value === 'string' ? stripMember(value) : value)))
}

const stripMember = (value: string) =>
  (/^\^?<?\/(?!\/)/.test(value) ? strip(value) : value)
    .replaceAll('__Secure-refresh', '__Host-refresh')
    .replace(`Path=${BASE_PATH}`, 'Path=/')

/** A path without the prefix. Throws if it has none. */
function strip(path: string): string {
  const match = /^(\^?<?)(\/[^/>?#]*)(.*)$/s.exec(path)
  if (!match) return path
  if (match[2] !== BASE_PATH) throw leadsOut(path)
  return `${match[1]}${match[3] || '/'}`
}

const leadsOut = (text: string) => new Error(`A path without the base path: ${text.slice(0, 100)}`)
