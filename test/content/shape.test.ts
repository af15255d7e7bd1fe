/** Versions, entity tags, empty parameters, nulls and changes that change nothing. */
import { describe, expect, test } from 'vitest'
import { CONTENT_TYPES } from '../support/content-types.ts'
import { account, call } from '../support/service.ts'

const { token } = await account()

describe.each(Object.values(CONTENT_TYPES))('$path', ({ path, example }) => {
  const create = async (json: object = {}) => {
    const { body } = await call('POST', path, {
      token,
      json: { ...example, draft: false, visibility: 'public', ...json },
    })
    return { ...body, place: `${path}/${body.id}` }
  }
  const patch = (place: string, json: object, ifMatch?: string) =>
    call('PATCH', place, { token, json, headers: ifMatch === undefined ? {} : { 'If-Match': ifMatch } })

  test('items and list entries have the version that the entity tag names', async () => {
    const { place, version, id } = await create()
    expect(version).toBe(1)
    const { body, headers } = await patch(place, { title: 'A second title' })
    expect([body.version, headers.get('ETag')]).toEqual([2, '"2"'])
    const list = await call('GET', path)
    expect(list.body.items.find((item: { id: number }) => item.id === id).version).toBe(2)
    expect((await call('GET', `${path}?status=all`, { token })).body.items[0].version).toBe(2)
  })

  test.each(['W/"1"', '"1"', '"9", W/"1"', 'W/"9" , W/"1"', '"9",\t"1"', '*'])(
    'If-Match accepts the version as %s',
    async (tag) => {
      const { place } = await create()
      expect((await patch(place, { title: 'Changed' }, tag)).status).toBe(200)
      expect((await patch(place, { title: 'Changed again' }, tag)).status).toBe(tag === '*' ? 200 : 412)
    },
  )

  test.each(['W/"2"', '"2"', '""', '"1-other"', '"2-ld"', '"x"', '"01"'])(
    'If-Match %s names no version of a new item: 412',
    async (tag) => {
      const { place } = await create()
      expect((await patch(place, { title: 'Changed' }, tag)).body.code).toBe('version-conflict')
    },
  )

  test.each(['1', 'W/1', '"1', "'1'", '"1" "2"', 'w/"1"', '*, "1"'])(
    'If-Match %s is no entity tag: 422',
    async (tag) => {
      const { place } = await create()
      for (const [method, at] of [
        ['PATCH', place],
        ['PUT', `${place}/publish`],
        ['DELETE', `${place}/publish`],
        ['DELETE', place],
      ] as const) {
        const json = method === 'PATCH' ? { json: { title: 'Changed' } } : {}
        const { status, body } = await call(method, at, { token, ...json, headers: { 'If-Match': tag } })
        expect([status, body.errors[0].parameter]).toEqual([422, 'if-match'])
      }
      expect((await call('GET', place)).body.version).toBe(1)
    },
  )

  test('a PATCH that changes nothing makes no new version', async () => {
    const { place, version: _, ...created } = await create()
    const { title, ...own } = example
    const { status, body, headers } = await patch(place, { title, ...own, visibility: 'public' })
    expect([status, headers.get('ETag'), body.updated_at]).toEqual([200, '"1"', created.updated_at])
    const changed = await patch(place, { title: `${title}!` })
    expect([changed.body.version, changed.body.updated_at >= created.updated_at]).toEqual([2, true])
  })

  test('an item that is unpublished and published again keeps its first time of publication', async () => {
    const { place, published_at } = await create()
    await call('DELETE', `${place}/publish`, { token })
    await call('DELETE', `${place}/publish`, { token })
    const again = await call('PUT', `${place}/publish`, { token })
    expect(again.body.published_at).toBe(published_at)
    const at = '2026-01-01T00:00:00.000Z'
    expect((await call('PUT', `${place}/publish`, { token, json: { at } })).body.published_at).toBe(at)
  })

  test('a publication that is moved to a time in the past keeps that time', async () => {
    const { place } = await create()
    const at = '2020-01-01T00:00:00.000Z'
    await call('PUT', `${place}/publish`, { token, json: { at } })
    await call('DELETE', `${place}/publish`, { token })
    expect((await call('PUT', `${place}/publish`, { token })).body.published_at).toBe(at)
  })

  test('a schedule that is taken back leaves no time of publication', async () => {
    const { place } = await create({ draft: true })
    const at = new Date(Date.now() + 86_400_000).toISOString()
    await call('PUT', `${place}/publish`, { token, json: { at } })
    await call('DELETE', `${place}/publish`, { token })
    const { body } = await call('PUT', `${place}/publish`, { token })
    expect(Date.parse(body.published_at)).toBeLessThanOrEqual(Date.now())
  })

  test('a time can have lower-case t and z', async () => {
    const { place } = await create({ draft: true })
    const { status, body } = await call('PUT', `${place}/publish`, { token, json: { at: '2026-01-02t03:04:05.678z' } })
    expect([status, body.published_at]).toEqual([200, '2026-01-02T03:04:05.678Z'])
  })

  test('an empty parameter means the same as none', async () => {
    await create()
    const { body } = await call('GET', `${path}?limit=1`)
    for (const query of ['q=', 'cursor=', 'author=', 'status=', 'status', 'q=&cursor=&author=&status=']) {
      const { status, body: same, headers } = await call('GET', `${path}?limit=1&${query}`)
      expect([query, status, same.items]).toEqual([query, 200, body.items])
      expect(headers.get('Link') ?? '').not.toMatch(/[?&](q|author|status)=/)
    }
    expect((await call('GET', `${path}?limit=`)).status).toBe(200)
    // A cursor belongs to the list, with or without the empty parameters.
    const next = await call('GET', `${path}?limit=1&cursor=${body.next_cursor}&status=&author=`)
    expect(next.status).toBe(200)
  })

  test('null means the default of an optional field of a new item, and clears a nullable field of an old one', async () => {
    const { status, body } = await call('POST', path, { token, json: { ...example, draft: null, visibility: null } })
    const { body: plain } = await call('POST', path, { token, json: example })
    expect(status).toBe(201)
    expect([body.visibility, body.published_at === null]).toEqual([plain.visibility, plain.published_at === null])
    expect((await patch(`${path}/${body.id}`, { visibility: null })).status).toBe(422)
    expect((await patch(`${path}/${body.id}`, { title: null })).status).toBe(422)
  })

  test('the same key finds a request with null and without the field to be the same', async () => {
    const headers = { 'Idempotency-Key': crypto.randomUUID() }
    const first = await call('POST', path, { token, json: example, headers })
    const again = await call('POST', path, { token, json: { ...example, visibility: null, draft: null }, headers })
    expect([again.status, again.body.id]).toEqual([201, first.body.id])
  })
})

describe('recipes', () => {
  const create = (json: object) => call('POST', '/recipes', { token, json: { title: 'A recipe', ...json } })

  test('null for every optional field is the same as leaving it out', async () => {
    const json = { description: null, servings: null, cook_minutes: null, ingredients: null, directions: null }
    const { status, body } = await create(json)
    expect(status).toBe(201)
    expect(body).toMatchObject({ ...json, ingredients: [], directions: [] })
    const changed = await call('PATCH', `/recipes/${body.id}`, { token, json: { description: null, servings: 2 } })
    expect(changed.body).toMatchObject({ description: null, servings: 2 })
    expect((await call('PATCH', `/recipes/${body.id}`, { token, json: { ingredients: null } })).status).toBe(422)
    const cleared = await call('PATCH', `/recipes/${body.id}`, { token, json: { servings: null } })
    expect(cleared.body.servings).toBeNull()
  })

  test('the largest values fit, and one more is 422', async () => {
    const json = {
      title: 'x'.repeat(512),
      description: 'd'.repeat(4_000),
      cook_minutes: 1_000_000,
      ingredients: Array.from({ length: 200 }, () => '가'.repeat(1_000)),
      directions: Array.from({ length: 70 }, () => '가'.repeat(4_000)),
    }
    expect((await create(json)).status).toBe(201)
    for (const [name, value] of Object.entries({
      title: 'x'.repeat(513),
      description: 'd'.repeat(4_001),
      cook_minutes: 1_000_001,
      ingredients: ['x'.repeat(1_001)],
      directions: ['x'.repeat(4_001)],
    })) {
      const { status, body } = await create({ [name]: value })
      expect([status, body.errors[0].pointer]).toEqual([422, expect.stringMatching(new RegExp(`^#/${name}`))])
    }
  })

  test('blank lines of a list are dropped', async () => {
    const { body } = await create({
      ingredients: ['rice', '', ' \u3000', '\u200b', '\u2800', '\u0007\u00ad', 'salt'],
      directions: [''],
    })
    expect([body.ingredients, body.directions]).toEqual([['rice', 'salt'], []])
  })
})
