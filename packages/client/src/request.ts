/** Prepares a request: its URL, headers and body, from a path template and parameters. */
import { EMPTY_RESPONSES, type EmptyResponse } from './operations.ts'
import type { Method, ParseAs } from './types.ts'

/** The options of a call without their exact types. */
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
  /** The timeout in milliseconds. */
  timeout: number
  parseAs: ParseAs
  /** Undefined if every success has a body. */
  empty: EmptyResponse | undefined
  withCookies: boolean
}

/** Prepares a call. A `POST` gets an `Idempotency-Key`, so that a repetition has no second effect. */
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

/** The defined members as strings. */
const entries = (members: object = {}): [string, string][] =>
  Object.entries(members).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[name, String(value)]],
  )

function fill(path: string, params: object = {}): string {
  const values = new Map(entries(params))
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values.get(name)
    // A dot segment would be resolved, so that the request had another path (WHATWG URL).
    if (value === undefined || /^\.{0,2}$/.test(value)) throw new TypeError(`The path parameter ${name} is not usable.`)
    return encodeURIComponent(value)
  })
}

/** A random key of 128 bits. `crypto.randomUUID` does not exist in pages without TLS. */
export const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
