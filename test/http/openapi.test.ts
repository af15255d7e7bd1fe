import type { Schema } from '@cfworker/json-schema'
import { expect, test } from 'vitest'
import type { Operation } from '../support/document.ts'
import { account, app, call, document, env } from '../support/service.ts'

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
    method.toUpperCase(),
    path,
    operation,
  ]),
)

test('the document is OpenAPI 3.1, generated once, and contains every route of the app', async () => {
  expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Postern' } })
  const again = await app.request('/openapi.json', {}, env)
  expect(again.headers.get('Content-Type')).toBe('application/json')
  expect(await again.json()).toEqual(document)

  const documentation = ['/openapi.json', '/docs', '/docs/:file', '/docs/guides', '/docs/guides/:name']
  const pages = ['/register', '/reset', '/verify', '/email-change', '/pages/:file']
  const beside = new Set([...documentation, ...pages])
  const routed = app.routes.filter(({ method, path }) => method !== 'ALL' && !beside.has(path))
  const known = new Set(operations.map(([method, path]) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`))
  expect(new Set(routed.map(({ method, path }) => `${method} ${path}`))).toEqual(known)
})

test.each(operations)('%s %s documents its summary, input and responses', (method, path, operation) => {
  expect(operation).toMatchObject({
    operationId: expect.any(String),
    summary: expect.any(String),
    tags: [expect.any(String)],
  })
  expect(operation.security).toBeDefined()
  const statuses = Object.keys(operation.responses)
  expect(statuses).toContain('503')
  if (operation.security?.some((scheme) => 'bearer' in scheme)) expect(statuses).toContain('401')
  if (operation.requestBody) {
    // Publishing needs no time, a refresh token can be in a cookie, and what an operator gives back needs no reason. Every
    // other body is required.
    const isOptional = /^(publish|refresh|lift|unhide|revokeUserSessions|issuePasswordReset)/.test(
      operation.operationId,
    )
    expect(operation.requestBody.required ?? false).toBe(!isOptional)
    expect(statuses).toEqual(expect.arrayContaining(['400', '413', '415', '422']))
  }
  if (path.includes('{')) expect(statuses).toContain('404')
  if (method === 'POST' && operation.operationId.startsWith('create')) {
    expect(operation.responses['201']?.headers).toMatchObject({
      Location: { required: true },
      ETag: { required: true },
    })
  }
})

test.each(operations.filter(([, , { security }]) => security?.length === 1))(
  '%s %s requires a token',
  async (method, path) => {
    const { status, headers } = await call(method, path.replace('{id}', '1'))
    expect(status).toBe(401)
    expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="postern"')
  },
)

const bodyOf = ({ requestBody }: Operation): Schema => {
  const schema = requestBody?.content?.['application/json']?.schema ?? {}
  const component = /^#\/components\/schemas\/(.+)$/.exec(schema.$ref ?? '')?.[1]
  return component === undefined ? schema : (document.components.schemas[component] ?? {})
}

const allowsNull = ({ type, enum: values }: Schema) => /\bnull\b/.test(JSON.stringify({ type, values }))

/** Accepted, although the document does not allow it: null means that there is no token in the body. */
const NULL_BESIDE_DOCUMENT = 'POST /users/refresh refresh_token'

/** The fields of request bodies, and whether null is accepted. */
const fields = operations.flatMap(([method, path, operation]) =>
  Object.entries(bodyOf(operation).properties ?? {}).map(([field, schema]) => ({
    method,
    path,
    field,
    isNullable: allowsNull(Object(schema)) || `${method} ${path} ${field}` === NULL_BESIDE_DOCUMENT,
  })),
)

test('a field of a request is null only where the document allows it', async () => {
  expect(fields.length).toBeGreaterThan(30)
  const { token } = await account()
  for (const { method, path, field, isNullable } of fields) {
    const { body } = await call(method, path.replace('{id}', '1'), { token, json: { [field]: null } })
    const faults: { pointer?: string }[] = body.errors ?? []
    const isRefused = faults.some(({ pointer }) => pointer === `#/${field}`)
    expect(`${method} ${path} ${field}: ${isRefused}`).toBe(`${method} ${path} ${field}: ${!isNullable}`)
  }
})

test('the API reference loads only files of the service, under a strict content security policy', async () => {
  const page = await app.request('/docs', {}, env)
  expect(page.headers.get('Content-Type')).toContain('text/html')
  const policy = page.headers.get('Content-Security-Policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toMatch(/unsafe|\*|https?:/)
  const sources = [...(await page.text()).matchAll(/(?:src|href)="([^"]*)"/g)].map(([, source = '']) => source)
  expect(sources.length).toBeGreaterThan(3)
  for (const source of sources) {
    expect(source).toMatch(/^\/docs\//)
    const file = await app.request(source, {}, env)
    expect(file.status).toBe(200)
    expect((await file.arrayBuffer()).byteLength).toBeGreaterThan(50)
  }
  expect((await app.request('/docs/nothing.js', {}, env)).status).toBe(404)
})

test('the type of each problem is a resource that explains it, as JSON and as HTML', async () => {
  const types = new Set(JSON.stringify(document).match(/\/problems\/[a-z-]+/g))
  expect(types.size).toBeGreaterThan(15)
  for (const type of types) {
    const { status, headers, body } = await call('GET', type)
    expect([status, headers.get('Content-Type')]).toEqual([200, 'application/json'])
    expect(body).toMatchObject({
      type,
      title: expect.any(String),
      description: expect.any(String),
      resolution: expect.any(String),
    })
    const page = await call('GET', type, { headers: { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } })
    expect(page.headers.get('Content-Type')).toContain('text/html')
    expect(page.text).toContain(body.title)
    expect(page.text).not.toContain('`')
  }
  for (const none of ['nothing', '__proto__', 'constructor', 'toString']) {
    expect((await call('GET', `/problems/${none}`)).status).toBe(404)
  }
})
