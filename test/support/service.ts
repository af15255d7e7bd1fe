/** The service under test: the app with a real database, and a client that validates every response. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env as bindings } from 'cloudflare:workers'
import { expect } from 'vitest'
import { createApp } from '../../src/app.ts'
import type { Env } from '../../src/config.ts'
import { connect } from '../../src/store/database.ts'
import { mountForTests } from './base-path.ts'
import { responseValidator, type OpenApi } from './document.ts'
import { MAX_STATEMENTS } from './production-limits.ts'
import { statementsSoFar, instrumentD1 } from './round-trips.ts'

/** The database of this test file. */
export const libsqlUrl = `${bindings.LIBSQL_SERVER}/${crypto.randomUUID()}/`

/** A database without tables. */
export const emptyLibsqlUrl = `${bindings.LIBSQL_SERVER}/${crypto.randomUUID()}/`

/** Only the native API. The old APIs are tested in test/compat. */
export const app = mountForTests(createApp(connect, ''))

export const env: Env & { JWT_SECRET: string } = {
  ASSETS: bindings.ASSETS,
  RATE_LIMITER: bindings.RATE_LIMITER,
  // Many tests create more items than a new account is allowed to.
  NEW_ACCOUNT_POSTS_PER_DAY: '0',
  JWT_SECRET: 'a secret for tests, of thirty-two bytes or more',
  ...(bindings.STORE === 'd1' ? { DB: instrumentD1(bindings.DB) } : { LIBSQL_URL: libsqlUrl }),
}

export const document: OpenApi = await (await app.request('/openapi.json', {}, env)).json()
const checkResponse = responseValidator(document)

type Call = { json?: unknown; body?: BodyInit; token?: string; headers?: Record<string, string>; env?: Env }

let running = 0

/** Sends a request and checks the response against the OpenAPI document. */
export async function call(method: string, path: string, { json, body, token, headers, env: given = env }: Call = {}) {
  const request = new Request(`http://postern.test${path}`, {
    method,
    headers: {
      ...(json !== undefined && { 'Content-Type': 'application/json' }),
      // Each request has its own network, so that the rate limit never applies.
      'CF-Connecting-IP': `test ${crypto.randomUUID()}`,
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(json !== undefined ? { body: JSON.stringify(json) } : body !== undefined && { body }),
  })
  const statements = statementsSoFar()
  const isAlone = ++running === 1
  const context = createExecutionContext()
  const response = await app.fetch(request, given, context)
  const wasAlone = running-- === 1 && isAlone
  if (wasAlone && statementsSoFar() - statements > MAX_STATEMENTS)
    throw new Error(`more statements than D1 allows: ${method} ${path}`)
  const text = await response.text()
  // What the Worker does after the response, such as sending a mail.
  await waitOnExecutionContext(context)
  const received = { status: response.status, headers: response.headers, text, body: parse(text) }
  checkResponse(method, new URL(request.url).pathname, received)
  return received
}

/** The body can be anything; a test asserts what it expects. */
// oxlint-disable-next-line typescript/no-explicit-any
function parse(text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export const PASSWORD = 'a passphrase nobody uses'

let count = 0

/** A new account for a test. */
export async function account({ password = PASSWORD, env: given = env } = {}) {
  const name = `user${++count}-${crypto.randomUUID().slice(0, 8)}`
  const credentials = { username: name, email: `${name}@example.com`, password }
  const { status, body } = await call('POST', '/users/register', { json: credentials, env: given })
  expect(status).toBe(201)
  return { ...credentials, id: body.user.id as number, token: body.access_token as string, auth: body }
}
