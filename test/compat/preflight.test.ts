/** `OPTIONS` of the old APIs from a page: the response of the old services, and CORS for the origins in `ALLOWED_ORIGINS`. */
import { expect, test } from 'vitest'
import { env } from '../support/service.ts'
import { send } from './replay.ts'

const bindings = { ...env, ALLOWED_ORIGINS: 'http://localhost:3000' }

test.each([
  ['http://localhost:3000', 'http://localhost:3000'],
  ['https://other.example', null],
])('a preflight request of %s is 200 with `Allow`', async (Origin, allowed) => {
  const headers = { Origin, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization' }
  for (const path of ['/compat/board/posts', '/compat/recipes/recipes']) {
    const response = await send('OPTIONS', path, headers, undefined, bindings)
    expect([response.status, response.text]).toEqual([200, ''])
    expect(response.headers.get('Allow')).toBe('GET, HEAD, OPTIONS, POST')
    expect(response.headers.get('Content-Type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(allowed)
    expect(response.headers.get('Access-Control-Allow-Headers')).toBe(allowed && 'authorization')
  }
})

test('a response to an allowed origin has the CORS headers', async () => {
  const { headers } = await send('GET', '/compat/board/posts', { Origin: 'http://localhost:3000' }, undefined, bindings)
  expect(headers.get('Access-Control-Allow-Origin')).toBe('http://localhost:3000')
})
