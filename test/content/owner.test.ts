import { describe, expect, test, vi } from 'vitest'
import { CONTENT_TYPES } from '../support/content-types.ts'
import { account, call } from '../support/service.ts'

/** The status for each operation on each type of item, for an anonymous client, a member and the author. */
const SORTS = {
  'public, published': { visibility: 'public', draft: false },
  'members, published': { visibility: 'members', draft: false },
  'public, draft': { visibility: 'public', draft: true },
  'members, draft': { visibility: 'members', draft: true },
  'public, scheduled': { visibility: 'public', draft: true, at: 3_600_000 },
  'members, scheduled': { visibility: 'members', draft: true, at: 3_600_000 },
} as const

const VERBS = {
  GET: ['GET', ''],
  PATCH: ['PATCH', ''],
  DELETE: ['DELETE', ''],
  publish: ['PUT', '/publish'],
  unpublish: ['DELETE', '/publish'],
} as const

const hidden = { GET: 404, PATCH: 404, DELETE: 404, publish: 404, unpublish: 404 }
const shown = { GET: 200, PATCH: 403, DELETE: 403, publish: 403, unpublish: 403 }
const nobody = { PATCH: 401, DELETE: 401, publish: 401, unpublish: 401 }
const own = { GET: 200, PATCH: 200, DELETE: 204, publish: 200, unpublish: 200 }

const EXPECTED: Record<
  keyof typeof SORTS,
  Record<'nobody' | 'member' | 'author', Record<keyof typeof VERBS, number>>
> = {
  'public, published': { nobody: { GET: 200, ...nobody }, member: shown, author: own },
  'members, published': { nobody: { GET: 401, ...nobody }, member: shown, author: own },
  'public, draft': { nobody: { GET: 404, ...nobody }, member: hidden, author: own },
  'members, draft': { nobody: { GET: 404, ...nobody }, member: hidden, author: own },
  'public, scheduled': { nobody: { GET: 404, ...nobody }, member: hidden, author: own },
  'members, scheduled': { nobody: { GET: 404, ...nobody }, member: hidden, author: own },
}

const author = await account()
const member = await account()
const tokens = { nobody: undefined, member: member.token, author: author.token }

const cases = Object.entries(EXPECTED).flatMap(([sort, people]) =>
  Object.entries(people).flatMap(([person, verbs]) =>
    Object.entries(verbs).map(([verb, status]) => [sort, person, verb, status]),
  ),
) as [keyof typeof SORTS, keyof typeof tokens, keyof typeof VERBS, number][]

describe.each(Object.values(CONTENT_TYPES))('$path', ({ path, example }) => {
  test.each(cases)('%s: %s, %s is a %i', async (sort, person, verb, status) => {
    const { at, ...fields } = { at: undefined, ...SORTS[sort] }
    const { body: item } = await call('POST', path, { token: author.token, json: { ...example, ...fields } })
    if (at)
      await call('PUT', `${path}/${item.id}/publish`, {
        token: author.token,
        json: { at: new Date(Date.now() + at).toISOString() },
      })
    const before = await call('GET', `${path}/${item.id}`, { token: author.token })

    const [method, suffix] = VERBS[verb]
    const response = await call(method, `${path}/${item.id}${suffix}`, {
      ...(tokens[person] !== undefined && { token: tokens[person] }),
      ...(verb === 'PATCH' && { json: { title: 'Changed by somebody' } }),
    })
    expect(response.status).toBe(status)
    if (status >= 400) {
      expect(response.text).not.toContain(example.title)
      const after = await call('GET', `${path}/${item.id}`, { token: author.token })
      expect([after.body, after.headers.get('ETag')]).toEqual([before.body, before.headers.get('ETag')])
    }
  })

  test('fields that the service sets cannot be sent', async () => {
    const { body: item } = await call('POST', path, { token: author.token, json: { ...example, draft: true } })
    const decided = {
      id: 7,
      author: member.id,
      author_id: member.id,
      author_name: 'x',
      search_text: '{}',
      pending: false,
      version: 9,
      created_at: item.created_at,
      updated_at: item.updated_at,
      published_at: item.created_at,
      draft: false,
    }
    for (const [name, value] of Object.entries(decided)) {
      const { status, body } = await call('PATCH', `${path}/${item.id}`, {
        token: author.token,
        json: { [name]: value },
      })
      expect([status, body.errors[0].pointer]).toEqual([422, `#/${name}`])
    }
    expect((await call('GET', `${path}/${item.id}`, { token: author.token })).body).toEqual(item)
  })

  test('a missing item is a 404 for every operation', async () => {
    for (const [method, suffix] of Object.values(VERBS)) {
      const response = await call(method, `${path}/9007199254740991${suffix}`, {
        token: member.token,
        ...(method === 'PATCH' && { json: { title: 'x' } }),
      })
      expect(response.status).toBe(404)
    }
  })

  test('a scheduled item becomes visible when its time has come', async () => {
    const at = Date.now() + 60_000
    const { body: item } = await call('POST', path, {
      token: author.token,
      json: { ...example, draft: true, visibility: 'public' },
    })
    const scheduled = await call('PUT', `${path}/${item.id}/publish`, {
      token: author.token,
      json: { at: new Date(at).toISOString() },
    })
    expect(scheduled.body.published_at).toBe(new Date(at).toISOString())
    const listed = async () =>
      (await call('GET', `${path}?limit=100`)).body.items.some(({ id }: { id: number }) => id === item.id)
    expect([(await call('GET', `${path}/${item.id}`)).status, await listed()]).toEqual([404, false])
    vi.useFakeTimers({ toFake: ['Date'] })
    vi.setSystemTime(at - 1)
    expect([(await call('GET', `${path}/${item.id}`)).status, await listed()]).toEqual([404, false])
    vi.setSystemTime(at)
    expect([(await call('GET', `${path}/${item.id}`)).status, await listed()]).toEqual([200, true])
    vi.useRealTimers()
  })
})
