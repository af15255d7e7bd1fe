/** Replays the recorded exchanges of an old service in order, against the service with an empty database. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { sign } from 'hono/jwt'
import { issueAccessToken, verifyAccessToken, accessTokenKey } from '../../src/accounts/access-token.ts'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import type { Env } from '../../src/config.ts'
import { connect } from '../../src/store/database.ts'
import { findOperation, responseValidator, type OpenApi } from '../support/document.ts'
import { env } from '../support/service.ts'

export const app = createApp(connect)

type Message = { status: number; headers: Record<string, string>; body: unknown }
export type Exchange = {
  name: string
  request: { method: string; path: string; headers: Record<string, string>; body: unknown }
  response: Message
}

export const readExchanges = (jsonl: string): Exchange[] =>
  jsonl
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

/** The document of the service with both old APIs. */
export const document: OpenApi = await (await app.request('/openapi.json', {}, env)).json()

const ERROR_STATUSES = [400, 401, 403, 404, 409, 413, 422, 429, 500, 503]
// The document has one response for all errors of an old API; the validator looks for each status.
for (const operation of Object.values(document.paths).flatMap((methods) => Object.values(methods))) {
  const { default: error } = operation.responses
  if (error) for (const status of ERROR_STATUSES) operation.responses[status] ??= error
}
const checkResponse = responseValidator(document)

/** Sends a request and checks the response against the document. */
export async function send(
  method: string,
  url: string,
  headers: Record<string, string> = {},
  body?: string,
  bindings: Env = env,
) {
  const context = createExecutionContext()
  const client = { 'CF-Connecting-IP': `test ${crypto.randomUUID()}` }
  const init = {
    method,
    headers: { ...client, ...headers },
    ...(body !== undefined && { body: new TextEncoder().encode(body) }),
  }
  const response = await app.fetch(new Request(`http://postern.test${url}`, init), bindings, context)
  const text = await response.text()
  await waitOnExecutionContext(context)
  const received = { status: response.status, headers: response.headers, text, body: parse(text) }
  const { pathname } = new URL(url, 'http://postern.test')
  if (findOperation(document, method, pathname)) checkResponse(method, pathname, received)
  return received
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const HOUR = 3_600_000

/** Sends the exchanges and compares the responses. It remembers the values of placeholders such as `<id:x>` and `<token:x>`. */
export class Replay {
  readonly prefix: string
  readonly values = new Map<string, string | number>()

  constructor(prefix: string) {
    this.prefix = prefix
  }

  async send({ request: { method, path, headers, body } }: Exchange) {
    const sent: Record<string, string> = {}
    for (const [name, value] of Object.entries(headers)) sent[name] = await this.fill(value)
    const text = body === null ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
    return send(method, `${this.prefix}${await this.fill(path)}`, sent, text)
  }

  /** The text with the values of its placeholders. */
  async fill(text: string): Promise<string> {
    const [, type, name = ''] = /<(expired-token|token|jwt|id):([^>]+)>/.exec(text) ?? []
    if (type === undefined) return text
    return text.replace(/<[^>]+>/, await this.valueOf(type, name))
  }

  private async valueOf(type: string, name: string): Promise<string> {
    const config = readConfig(env)
    const key = await accessTokenKey(config.keys)
    if (type === 'id') return String(this.values.get(`<id:${name}>`) ?? 987_654)
    if (type === 'token') return String(this.values.get(`<token:${name}>`) ?? 'unknown')
    if (type === 'jwt') {
      const exp = Math.floor(Date.now() / 1000) + 600
      const claims = { bare: { foo: 1, exp }, nameless: { foo: 1 }, refresh: { sub: '1', type: 'refresh', exp } }[name]
      return sign(claims ?? {}, key, 'HS256')
    }
    const user = await verifyAccessToken(config, String(this.values.get(`<token:${name}>`)))
    if (!user) throw new Error(`no token of ${name}`)
    return issueAccessToken(config, user, Date.now() - 13 * HOUR, 12 * 3600)
  }

  /** The differences between a recorded and an actual value. A placeholder without a value gets the actual value. */
  compare(expected: unknown, actual: unknown, path = ''): string[] {
    if (typeof expected === 'string' && /^<[\w-]+(:[^>]+)?>$/.test(expected))
      return this.compareName(expected, actual, path)
    if (Array.isArray(expected) && Array.isArray(actual)) {
      const missing = expected.length === actual.length ? [] : [`${path}: ${actual.length} of ${expected.length} items`]
      return [
        ...missing,
        ...expected.flatMap((item, n) => (n < actual.length ? this.compare(item, actual[n], `${path}/${n}`) : [])),
      ]
    }
    if (isObject(expected) && isObject(actual)) {
      return [...new Set([...Object.keys(expected), ...Object.keys(actual)])].flatMap((name) =>
        name in expected && name in actual
          ? this.compare(expected[name], actual[name], `${path}/${name}`)
          : [`${path}/${name}: ${name in actual ? 'not recorded' : 'missing'}`],
      )
    }
    return Object.is(expected, actual) ? [] : [`${path}: ${JSON.stringify(actual)?.slice(0, 80)}`]
  }

  private compareName(expected: string, actual: unknown, path: string): string[] {
    if (expected === '<time>')
      return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(String(actual)) ? [] : [`${path}: no time`]
    if (!expected.includes(':')) return actual === undefined ? [`${path}: missing`] : []
    if (typeof actual !== 'string' && typeof actual !== 'number') return [`${path}: no value`]
    const known = this.values.get(expected)
    // Tokens differ in each response. The last one is used.
    if (known === undefined || expected.startsWith('<token:')) this.values.set(expected, actual)
    else if (known !== actual) return [`${path}: ${actual}, not ${known}`]
    return []
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An intended difference from the recording. */
export type Departure = {
  reason: string
  /** The names of the exchanges. */
  names: string[]
  status?: number
  /** The expected body, or a function that checks it. Default: the recorded body. */
  body?: unknown
}

/**
 * Replays a recording. Returns every difference that no departure explains, and every unused departure. `adapt` changes
 * each recorded body to what the service sends.
 */
export async function replayAll(
  prefix: string,
  recording: string,
  departures: Departure[],
  adapt: (body: unknown, exchange: Exchange) => unknown,
): Promise<string[]> {
  const replay = new Replay(prefix)
  const found: string[] = []
  const unused = new Set(departures.flatMap(({ names }) => names))
  for (const exchange of readExchanges(recording)) {
    const departure = departures.find(({ names }) => names.includes(exchange.name))
    unused.delete(exchange.name)
    const { status, headers, text, body } = await replay.send(exchange)
    const expected = adapt(exchange.response.body, exchange)
    const actual = expected === '' ? text : body
    const differs = (wanted: unknown) =>
      typeof wanted === 'function'
        ? wanted(body)
          ? []
          : [`body ${text.slice(0, 120)}`]
        : replay.compare(wanted, actual)
    const bodyFaults = differs(departure && 'body' in departure ? departure.body : expected)
    const statusFaults = status === (departure?.status ?? exchange.response.status) ? [] : [`status ${status}`]
    // The headers of a departure are not compared, because its media type can differ.
    const recordedHeaders = departure ? [] : Object.entries(exchange.response.headers)
    const headerFaults = recordedHeaders.flatMap(([name, value]) =>
      headers.get(name) === value ? [] : [`${name}: ${headers.get(name)}`],
    )
    const faults = [...statusFaults, ...headerFaults, ...bodyFaults]
    if (faults.length > 0) found.push(`${exchange.name}: ${faults.join(' | ')}`)
    if (/\$pbkdf2|\$2b|\bselect |\binsert |\bSQL/i.test(text)) found.push(`${exchange.name}: contains a hash or SQL`)
  }
  return [...found, ...[...unused].map((name) => `no exchange is named ${name}`)]
}
