/** Empty, unknown and repeated query parameters. */
import { expect, test } from 'vitest'
import { call } from '../support/service.ts'

test.each(['', '?limit=', '?q=&author=&status=', '?cursor=', '?unknown='])(
  '/posts%s is the whole list',
  async (query) => {
    expect((await call('GET', `/posts${query}`)).status).toBe(200)
  },
)

test.each(['unknown', '__proto__', 'constructor', 'toString', 'limit[]'])('refuses the parameter %s', async (name) => {
  const { status, body } = await call('GET', `/posts?${encodeURIComponent(name)}=1`)
  expect([status, body.code]).toEqual([422, 'invalid-input'])
})

test.each(['limit=1&limit=2', 'limit=&limit=1', 'limit=1&limit='])(
  'refuses a repeated parameter: %s',
  async (query) => {
    const { status, body } = await call('GET', `/posts?${query}`)
    expect([status, body.errors[0].parameter]).toEqual([422, 'limit'])
  },
)
