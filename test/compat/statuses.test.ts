/** What holds for every operation of the old APIs, read from the document: `send` checks the shape of each response. */
import { describe, expect, test } from 'vitest'
import { account, env, PASSWORD } from '../support/service.ts'
import { document, send } from './replay.ts'

const json = { 'Content-Type': 'application/json' }
const { JWT_SECRET: _, ...withoutSecret } = env

const someone = await account()
const login = JSON.stringify({ email: someone.email, password: PASSWORD })
const { body } = await send('POST', '/compat/recipes/users/login', json, login)
const dead = { ...json, Authorization: `Bearer ${Object(body).access_token}` }
await send('POST', '/compat/recipes/users/logout', dead)

const operations = Object.entries(document.paths)
  .filter(([path]) => path.startsWith('/compat/'))
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path: path.replace('{id}', '1'),
      needsToken: (operation.security ?? []).length > 0,
      hasBody: operation.requestBody !== undefined,
      isRedirect: '308' in operation.responses,
    })),
  )

test('all operations are here', () => {
  expect(operations).toHaveLength(18)
  expect(operations.filter(({ needsToken }) => needsToken)).toHaveLength(10)
  expect(operations.filter(({ hasBody }) => hasBody)).toHaveLength(7)
})

describe.each(operations)('$name', ({ method, path, needsToken, hasBody, isRedirect }) => {
  // Only GET and HEAD requests have no body.
  const sent = hasBody ? '{}' : undefined

  test('without a token it is 401 if it needs one, and not otherwise', async () => {
    const { status, headers } = await send(method, path, json, sent)
    expect(status === 401).toBe(needsToken)
    if (needsToken) expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="postern"')
  })

  test('with the token of a session that is over it is 401 if it needs one, and not otherwise', async () => {
    const headers = { ...dead, 'Content-Type': 'application/json' }
    const valid = { name: 'x', description: 'x', cook_time: 1, directions: 'x', author_id: 'x', title: 'x', body: 'x' }
    const { status } = await send(method, path, headers, hasBody ? JSON.stringify(valid) : undefined)
    expect(status === 401).toBe(needsToken)
  })

  test('without its secret the service is 503 with Retry-After', async () => {
    const { status, headers } = await send(method, path, json, sent, withoutSecret)
    expect([status, headers.get('Retry-After')]).toEqual([503, '60'])
  })

  test('its response has the id of the request, is not cached, and redirects only if the document says so', async () => {
    const { status, headers } = await send(method, path, json, sent)
    expect(headers.get('X-Request-Id')).toMatch(/^[\da-f-]{36}$/)
    expect(headers.get('Cache-Control')).toBe('no-store')
    expect(status === 308).toBe(isRedirect)
  })
})
