import { expect, test } from 'vitest'
import { countRoundTrips } from '../support/round-trips.ts'
import { account, call, PASSWORD } from '../support/service.ts'

const post = { title: 'Counted', body: 'once' }

test('each route makes exactly its budget of round trips', async () => {
  const { token, email } = await account()
  const { body } = await call('POST', '/posts', { token, json: post })
  const registration = { username: 'counted', email: 'counted@example.com', password: PASSWORD }

  const trips = {
    register: await countRoundTrips(() => call('POST', '/users/register', { json: registration })),
    login: await countRoundTrips(() => call('POST', '/users/login', { json: { email, password: PASSWORD } })),
    me: await countRoundTrips(() => call('GET', '/users/me', { token })),
    list: await countRoundTrips(() => call('GET', '/posts')),
    read: await countRoundTrips(() => call('GET', `/posts/${body.id}`, { token })),
    create: await countRoundTrips(() => call('POST', '/posts', { token, json: post })),
    health: await countRoundTrips(() => call('GET', '/health')),
  }
  expect(trips).toEqual({ register: 1, login: 2, me: 1, list: 1, read: 1, create: 1, health: 1 })
})

test('a request that can be refused without the database makes no round trip', async () => {
  const { token } = await account()
  const trips = {
    'no token': await countRoundTrips(() => call('GET', '/users/me')),
    'bad token': await countRoundTrips(() => call('GET', '/users/me', { token: `${token}x` })),
    'bad token on a public route': await countRoundTrips(() => call('GET', '/posts/1', { token: 'a.b.c' })),
    'bad body': await countRoundTrips(() => call('POST', '/posts', { token, json: { title: 1 } })),
    'bad registration': await countRoundTrips(() => call('POST', '/users/register', { json: {} })),
    'bad query': await countRoundTrips(() => call('GET', '/posts?limit=0')),
    'unknown path': await countRoundTrips(() => call('GET', '/nowhere')),
    document: await countRoundTrips(() => call('GET', '/openapi.json')),
    docs: await countRoundTrips(() => call('GET', '/docs')),
  }
  expect(Object.entries(trips).filter(([, count]) => count > 0)).toEqual([])
})

test('a draft of another author takes as many round trips and statements as a missing id', async () => {
  const [author, reader] = [await account(), await account()]
  const { body } = await call('POST', '/posts', { token: author.token, json: { ...post, draft: true } })
  for (const path of [`/posts/${body.id}`, '/posts/999999']) {
    const read = () => call('GET', path, { token: reader.token })
    expect(await countRoundTrips(read)).toBe(1)
    expect(await countRoundTrips(() => call('GET', path))).toBe(1)
    for (const [method, at] of [
      ['PATCH', path],
      ['DELETE', path],
      ['PUT', `${path}/publish`],
      ['DELETE', `${path}/publish`],
      ['POST', `${path}/reports`],
    ] as const) {
      const json = { PATCH: { title: 'x' }, POST: { reason: 'spam' } }[method as 'PATCH']
      const change = async () => {
        expect((await call(method, at, { token: reader.token, ...(json && { json }) })).status).toBe(404)
      }
      expect(await countRoundTrips(change)).toBe(2)
    }
  }
})

test('a failure makes at most one more round trip', async () => {
  const { username, email } = await account()
  const taken = { username, email, password: PASSWORD }
  expect(await countRoundTrips(() => call('POST', '/users/register', { json: taken }))).toBe(1)
  expect(await countRoundTrips(() => call('POST', '/users/login', { json: { email, password: 'not it' } }))).toBe(1)
  expect(await countRoundTrips(() => call('GET', '/posts/999999'))).toBe(1)
})
