import { afterEach, describe, expect, test, vi } from 'vitest'
import { CONTENT_TYPES } from '../support/content-types.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { countRows } from '../support/rows.ts'
import { account, call } from '../support/service.ts'

const mine = await account()
const other = await account()
afterEach(() => void vi.useRealTimers())

describe.each(Object.values(CONTENT_TYPES))('$path', ({ path, example, optional }) => {
  const write = (key: string, json: unknown = example, token = mine.token) =>
    call('POST', path, { token, json, headers: { 'Idempotency-Key': key } })
  const items = async () => (await countRows())[path.slice(1)] ?? 0
  const newKey = () => crypto.randomUUID()

  test('a repeated request writes nothing and gets the first response', async () => {
    const key = newKey()
    const first = await write(key)
    expect([first.status, first.headers.get('Idempotent-Replayed')]).toEqual([201, null])
    const before = await items()
    const again = await write(key)
    expect([again.status, again.headers.get('Idempotent-Replayed')]).toEqual([201, 'true'])
    expect(again.text).toBe(first.text)
    for (const name of ['Location', 'ETag']) expect(again.headers.get(name)).toBe(first.headers.get(name))
    expect(await items()).toBe(before)
  })

  test('a replay returns the first response, also after the item was changed or deleted', async () => {
    const key = newKey()
    const first = await write(key)
    await call('PATCH', `${path}/${first.body.id}`, { token: mine.token, json: { title: 'Anew' } })
    expect((await write(key)).body).toEqual(first.body)
    await call('DELETE', `${path}/${first.body.id}`, { token: mine.token })
    const before = await items()
    expect((await write(key)).body).toEqual(first.body)
    expect(await items()).toBe(before)
  })

  test('the same key with another body is refused', async () => {
    const key = newKey()
    await write(key)
    const before = await items()
    const { status, body } = await write(key, { ...example, title: 'Another' })
    expect([status, body.type]).toEqual([422, '/problems/idempotency-key-reused'])
    expect((await write(key, { ...example, draft: true, visibility: 'members' })).status).toBe(422)
    expect(await items()).toBe(before)
  })

  test('both responses have the fields that the request left out', async () => {
    const key = newKey()
    const rest = Object.fromEntries(Object.entries(example).filter(([name]) => !(name in optional)))
    const first = await write(key, rest)
    expect(first.body).toMatchObject(optional)
    expect((await write(key, rest)).text).toBe(first.text)
  })

  test('the order of members makes no difference', async () => {
    const key = newKey()
    const first = await write(key)
    const turned = Object.fromEntries(Object.entries(example).toReversed())
    expect((await write(key, turned)).body).toEqual(first.body)
  })

  test('one of ten concurrent requests writes', async () => {
    const key = newKey()
    const before = await items()
    const responses = await Promise.all(Array.from({ length: 10 }, () => write(key)))
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set(responses.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(responses.filter(({ headers }) => !headers.has('Idempotent-Replayed'))).toHaveLength(1)
    expect(await items()).toBe(before + 1)
  })

  test('two users can use the same key', async () => {
    const key = newKey()
    const first = await write(key)
    const theirs = await write(key, example, other.token)
    expect([theirs.status, theirs.headers.has('Idempotent-Replayed')]).toEqual([201, false])
    expect(theirs.body.id).not.toBe(first.body.id)
  })

  test('a key is valid for a day', async () => {
    const key = newKey()
    vi.useFakeTimers({ toFake: ['Date'] })
    const first = await write(key)
    const login = async () =>
      (await call('POST', '/users/login', { json: { email: mine.email, password: mine.password } })).body.access_token
    vi.setSystemTime(Date.now() + 24 * 3600 * 1000 - 1)
    const token = await login()
    expect((await write(key, example, token)).body).toEqual(first.body)
    vi.setSystemTime(Date.now() + 2)
    const anew = await write(key, example, token)
    expect([anew.status, anew.headers.has('Idempotent-Replayed')]).toEqual([201, false])
  })

  test('a refused request leaves the key unused', async () => {
    const key = newKey()
    expect((await write(key, { ...example, title: '' })).status).toBe(422)
    const { status, headers } = await write(key)
    expect([status, headers.has('Idempotent-Replayed')]).toEqual([201, false])
  })

  test.each([
    ['empty', ''],
    ['with a space', 'a b'],
    ['too long', 'x'.repeat(256)],
    ['with a control character', 'a\tb'],
  ])('a key is refused: %s', async (_, key) => {
    const { status, body } = await write(key)
    expect([status, body.errors[0].parameter]).toEqual([422, 'idempotency-key'])
  })

  test('a request of an ended session writes nothing and leaves the key unused', async () => {
    const key = newKey()
    const { token } = await account()
    await call('POST', '/users/logout', { token })
    const before = await countRows()
    expect((await write(key, example, token)).status).toBe(401)
    expect(await countRows()).toEqual(before)
  })

  test('the first request and a replay make one round trip each', async () => {
    const key = newKey()
    expect(await countRoundTrips(() => write(key))).toBe(1)
    expect(await countRoundTrips(() => write(key))).toBe(1)
  })
})
