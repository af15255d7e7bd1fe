import { describe, expect, test } from 'vitest'
import { countRows } from '../support/rows.ts'
import { account, app, call, document, emptyLibsqlUrl, env } from '../support/service.ts'

/** Every operation with a required JSON body, from the document. */
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { requestBody }]) =>
    requestBody?.required ? [[method.toUpperCase(), path.replace('{id}', '1')] as const] : [],
  ),
)

const { token } = await account()
const json = 'application/json'
const bytes = (...values: number[]) => new Uint8Array(values)

describe.each(operations)('%s %s', (method, path) => {
  test.each<[string, number, string | undefined, BodyInit | undefined]>([
    ['no body', 400, undefined, undefined],
    ['an empty body', 400, json, ''],
    ['no JSON', 400, json, 'hello'],
    ['a truncated body', 400, json, '{"a":'],
    ['a trailing comma', 400, json, '{"a":1,}'],
    ['NaN', 400, json, '{"a":NaN}'],
    ['single quotes', 400, json, "{'a':1}"],
    ['two values', 400, json, '{}{}'],
    ['invalid UTF-8', 400, json, bytes(0x22, 0xff, 0x22)],
    ['a surrogate in UTF-8', 400, json, bytes(0x22, 0xed, 0xa0, 0x80, 0x22)],
    ['an overlong slash', 400, json, bytes(0x22, 0xc0, 0xaf, 0x22)],
    ['a byte order mark', 400, json, bytes(0xef, 0xbb, 0xbf, 0x7b, 0x7d)],
    ['UTF-16', 400, json, bytes(0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00)],
    ['no media type', 415, undefined, bytes(0x7b, 0x7d)],
    ['text/plain', 415, 'text/plain', '{}'],
    ['a form', 415, 'application/x-www-form-urlencoded', 'a=1'],
    ['XML', 415, 'application/xml', '<a/>'],
    ['null', 422, json, 'null'],
    ['an array', 422, json, '[]'],
    ['a string', 422, json, '"hello"'],
    ['a number that is too large', 422, json, '1e999'],
    ['an empty object', 422, json, '{}'],
    ['an unknown field', 422, json, '{"unknown":1}'],
    ['__proto__', 422, json, '{"__proto__":{"admin":true}}'],
    ['constructor', 422, json, '{"constructor":{"prototype":{}}}'],
    ['an object with a charset in capitals', 422, 'application/json; charset=UTF-8', '{}'],
    ['a media type in capitals', 422, 'APPLICATION/JSON', '{}'],
  ])('%s is a %i', async (_, status, type, body) => {
    const rows = await countRows()
    const response = await call(method, path, {
      token,
      ...(body !== undefined && { body }),
      headers: type === undefined ? {} : { 'Content-Type': type },
    })
    expect(response.status).toBe(status)
    expect(response.body.status).toBe(status)
    if (status === 415) expect(response.headers.get('Accept')).toBe('application/json')
    expect(await countRows()).toEqual(rows)
  })

  test('returns 413 for a body that is too large, with or without a declared length', async () => {
    const large = JSON.stringify({ title: 'x'.repeat(3 * 1024 * 1024) })
    const declared = await call(method, path, {
      token,
      body: large,
      headers: { 'Content-Type': json, 'Content-Length': String(large.length) },
    })
    const stream = new Response(large).body
    const streamed = await call(method, path, {
      token,
      ...(stream && { body: stream }),
      headers: { 'Content-Type': json },
    })
    for (const { status, body } of [declared, streamed]) {
      expect(status).toBe(413)
      expect(body.detail).toMatch(/^The maximum body size is \d+ bytes\.$/)
    }
  })
})

test('the position of invalid JSON is reported, and the body is not quoted', async () => {
  const headers = { 'Content-Type': json }
  const { body } = await call('POST', '/users/login', { body: '{"password": "a secret",\n "b": 1,}', headers })
  expect(body.detail).toBe('Invalid JSON at line 2, column 9.')
  const { text } = await call('POST', '/users/login', { body: '{"password": "a secret" (line 7 column 7)', headers })
  expect(text).not.toMatch(/secret|column 7/)
})

test('invalid JSON costs no more to refuse than valid JSON costs to read', async () => {
  const send = async (body: string) => {
    const start = performance.now()
    const { status } = await call('POST', '/users/login', { body, headers: { 'Content-Type': json } })
    return { status, time: performance.now() - start }
  }
  const quotes = '\\"'.repeat(20_000)
  await send('{}')
  const whole = await send(`{"password":"${quotes}"}`)
  const broken = await send(`{"password":"${quotes}`)
  expect([whole.status, broken.status]).toEqual([422, 400])
  expect(broken.time).toBeLessThan(20 * (whole.time + 5))
})

test('a body of 300 KB is too large for an account route', async () => {
  const { status } = await call('POST', '/users/register', { json: { username: 'x'.repeat(300_000) } })
  expect(status).toBe(413)
})

test('returns 500 for an unexpected error and reveals only the request id', async () => {
  const response = await call('GET', '/posts', { env: { ...env, LIBSQL_URL: emptyLibsqlUrl } })
  expect(response.status).toBe(500)
  expect(response.body).toEqual({
    type: '/problems/internal-error',
    code: 'internal-error',
    title: 'Internal error',
    status: 500,
    request_id: response.headers.get('X-Request-Id'),
  })
})

test('returns 404 for an unknown path, and 405 with the allowed methods for an unknown method', async () => {
  expect((await call('GET', '/nowhere')).body.type).toBe('/problems/not-found')
  const { status, headers, body } = await call('DELETE', '/posts')
  expect(status).toBe(405)
  expect(body.type).toBe('/problems/method-not-allowed')
  expect(headers.get('Allow')?.split(', ').toSorted()).toEqual(['GET', 'HEAD', 'OPTIONS', 'POST'])
})

test('uses the request id of the client if it is valid', async () => {
  const idOf = async (id: string) =>
    (await app.request('/health', { headers: { 'X-Request-Id': id } }, env)).headers.get('X-Request-Id')
  expect(await idOf('abc-123_X')).toBe('abc-123_X')
  for (const id of ['a'.repeat(65), 'a b', '<script>', 'a"b', '']) expect(await idOf(id)).toMatch(/^[\da-f-]{36}$/)
})
