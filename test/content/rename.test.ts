/** A new username: one row changes, and every item has the name at once. */
import { env as bindings } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { statementsOf } from '../support/round-trips.ts'
import { account, call } from '../support/service.ts'

test('items, lists and searches have the new username, and a stored response is no longer current', async () => {
  const { token, username } = await account()
  const word = `w${crypto.randomUUID().slice(0, 8)}`
  const json = { title: word, body: 'x', visibility: 'public' }
  const { body: post, headers } = await call('POST', '/posts', { token, json })
  const place = `/posts/${post.id}`
  const tag = headers.get('ETag') ?? ''
  const renamed = `${username}-2`
  const statements = await statementsOf(() => call('PATCH', '/users/me', { token, json: { username: renamed } }))
  if (bindings.STORE === 'd1') expect(statements.filter(({ sql }) => /update "(posts|recipes)"/.test(sql))).toEqual([])

  const read = await call('GET', place, { headers: { 'If-None-Match': tag } })
  expect([read.status, read.body.author.username, read.body.version]).toEqual([200, renamed, 1])
  expect(read.headers.get('ETag')).not.toBe(tag)
  expect((await call('GET', `/posts?author=${renamed}`)).body.items[0].author.username).toBe(renamed)
  expect((await call('GET', `/posts?author=${username}`)).body.items).toEqual([])
  expect((await call('GET', `/posts?q=${word}&author=${renamed}`)).body.items).toHaveLength(1)

  // The name is no part of the version: a change that was prepared before is not refused.
  for (const known of [tag, read.headers.get('ETag') ?? '']) {
    const { status } = await call('PATCH', place, { token, json: { title: word }, headers: { 'If-Match': known } })
    expect(status).toBe(200)
  }
})

test('the same name again, or in another case, keeps stored responses current only if the name is the same', async () => {
  const { token, username } = await account()
  const { body: post, headers } = await call('POST', '/posts', {
    token,
    json: { title: 'x', body: 'x', visibility: 'public' },
  })
  const tag = headers.get('ETag') ?? ''
  const status = async () => (await call('GET', `/posts/${post.id}`, { headers: { 'If-None-Match': tag } })).status
  await call('PATCH', '/users/me', { token, json: { username } })
  expect(await status()).toBe(304)
  await call('PATCH', '/users/me', { token, json: { username: username.toUpperCase() } })
  expect(await status()).toBe(200)
})
