/** A call as it is sent: a URL, headers and a body, from a path template and what fills it. */
import { EMPTY_RESPONSES, type EmptyResponse } from './operations.ts'
import type { Method, ParseAs } from './types.ts'

/** What the caller gave, before the compiler's knowledge of it is lost. */
export type Init = {
  params?: { query?: object; header?: object; path?: object }
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
  timeout?: number
  accept?: string
  parseAs?: ParseAs
}

export type Prepared = {
  method: string
  /** The path template: `/posts/{id}`. */
  path: string
  url: string
  headers: Headers
  body: string | undefined
  signal: AbortSignal | undefined
  /** Milliseconds. */
  timeout: number
  parseAs: ParseAs
  /** Undefined where every success has a body. */
  empty: EmptyResponse | undefined
  withCookies: boolean
}

/** Prepares a call. A `POST` gets an `Idempotency-Key`, so that it can be repeated and is done once. */
export function prepare(
  baseUrl: string,
  method: Method,
  path: string,
  init: Init,
  { timeout, withCookies }: { timeout: number; withCookies: boolean },
): Prepared {
  const { params = {}, body, accept = 'application/json' } = init
  const headers = new Headers({ Accept: `${accept}, application/problem+json` })
  if (body !== undefined) headers.set('Content-Type', 'application/json')
  for (const [name, value] of [...entries(params.header), ...entries(init.headers)]) headers.set(name, value)
  if (method === 'post' && !headers.has('Idempotency-Key')) headers.set('Idempotency-Key', newKey())
  const query = new URLSearchParams(entries(params.query)).toString()
  return {
    method: method.toUpperCase(),
    path,
    url: baseUrl + fill(path, params.path) + (query && `?${query}`),
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: init.signal,
    timeout: init.timeout ?? timeout,
    parseAs: init.parseAs ?? 'json',
    empty: EMPTY_RESPONSES[`${method.toUpperCase()} ${path}`],
    withCookies,
  }
}

/** The members that are set, as text. */
const entries = (members: object = {}): [string, string][] =>
  Object.entries(members).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[name, String(value)]],
  )

function fill(path: string, params: object = {}): string {
  const values = new Map(entries(params))
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values.get(name)
    // A dot segment would be resolved, and the request would go to another path (WHATWG URL).
    if (value === undefined || /^\.{0,2}$/.test(value)) throw new TypeError(`The path parameter ${name} is not usable.`)
    return encodeURIComponent(value)
  })
}

/** 128 random bits. `crypto.randomUUID` is missing in pages without TLS. */
export const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
