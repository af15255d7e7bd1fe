import { describe, expect, test } from 'vitest'
import { CONTENT_TYPES } from '../support/content-types.ts'
import { account, call } from '../support/service.ts'

const author = await account()
const reader = await account()
const { token } = author

describe.each(Object.values(CONTENT_TYPES))('$path', ({ path, example, hiddenInLists, defaults, faults }) => {
  const published = { ...example, draft: false }

  test('a new item has its author, its defaults, a location and an entity tag', async () => {
    const { status, headers, body } = await call('POST', path, { token, json: example })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      ...example,
      visibility: defaults.visibility,
      author: { id: author.id, username: author.username },
    })
    expect(body.published_at === null).toBe(defaults.draft)
    expect(headers.get('Location')).toBe(`${path}/${body.id}`)

    const read = await call('GET', `${path}/${body.id}`, { token })
    expect(read.body).toEqual(body)
    expect(read.headers.get('ETag')).toBe(headers.get('ETag'))
    expect(read.headers.get('ETag')).toMatch(/^"[^"]+"$/)
  })

  test('the list is public and shows a summary only', async () => {
    const { body: item } = await call('POST', path, { token, json: { ...published, visibility: 'members' } })
    const { status, body } = await call('GET', path)
    expect(status).toBe(200)
    const { [hiddenInLists[0] ?? '']: _, ...summary } = item
    expect(body.items[0]).toEqual(
      Object.fromEntries(Object.entries(summary).filter(([field]) => !hiddenInLists.includes(field))),
    )
  })

  test('a members item requires a token, a public one does not', async () => {
    const members = await call('POST', path, { token, json: { ...published, visibility: 'members' } })
    const open = await call('POST', path, { token, json: { ...published, visibility: 'public' } })
    const refused = await call('GET', `${path}/${members.body.id}`)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('WWW-Authenticate')).toBe('Bearer realm="postern"')
    expect(refused.text).not.toContain(example.title)
    expect((await call('GET', `${path}/${members.body.id}`, { token: reader.token })).status).toBe(200)
    expect((await call('GET', `${path}/${open.body.id}`)).status).toBe(200)
  })

  test('a draft is visible only to its author, and is in no list', async () => {
    const { body } = await call('POST', path, { token, json: { ...example, draft: true, visibility: 'public' } })
    expect(body.published_at).toBeNull()
    expect((await call('GET', `${path}/${body.id}`, { token })).status).toBe(200)
    expect((await call('GET', `${path}/${body.id}`, { token: reader.token })).status).toBe(404)
    expect((await call('GET', `${path}/${body.id}`)).status).toBe(404)
    const list = await call('GET', `${path}?limit=100`)
    expect(list.body.items.map(({ id }: { id: number }) => id)).not.toContain(body.id)
  })

  test('a request without a token writes nothing', async () => {
    const before = await call('GET', path)
    expect((await call('POST', path, { json: example })).status).toBe(401)
    expect((await call('GET', path)).body).toEqual(before.body)
  })

  test('pages have every item once, newest first', async () => {
    const titles = ['one', 'two', 'three', 'four', 'five'].map((word) => `${word} ${crypto.randomUUID()}`)
    for (const title of titles) await call('POST', path, { token, json: { ...published, title } })
    const seen: string[] = []
    let next = `${path}?limit=2`
    for (let page = 0; page < 3; page++) {
      const { body, headers } = await call('GET', next)
      expect(body.items).toHaveLength(2)
      seen.push(...body.items.map(({ title }: { title: string }) => title))
      next = /^<(.+)>; rel="next"$/.exec(headers.get('Link') ?? '')?.[1] ?? ''
      expect(next).toBe(`${path}?limit=2&cursor=${encodeURIComponent(body.next_cursor)}`)
    }
    expect(seen.slice(0, 5)).toEqual(titles.toReversed())
  })

  test('the last page has no next cursor', async () => {
    const { body, headers } = await call('GET', `${path}?limit=100`)
    expect(body.next_cursor).toBeNull()
    expect(headers.has('Link')).toBe(false)
  })

  test.each([
    ['made up', 'hello'],
    ['without a signature', '1795386363449.1'],
    ['with a wrong signature', `1795386363449.1.${'A'.repeat(22)}`],
    ['very long', 'x'.repeat(1000)],
  ])('a cursor is refused: %s', async (_, cursor) => {
    const { status, body } = await call('GET', `${path}?cursor=${cursor}`)
    expect(status).toBe(422)
    expect(body.errors[0].parameter).toBe('cursor')
  })

  test.each([
    'limit=0',
    'limit=101',
    'limit=-1',
    'limit=1e1',
    'limit=&limit=',
    'limit=%20',
    'limit=%202',
    'limit=1&limit=2',
    'limit=9'.repeat(20),
    'unknown=1',
  ])('a query is refused: %s', async (query) => {
    const { status, body } = await call('GET', `${path}?${query}`)
    expect(status).toBe(422)
    expect(body.errors[0].parameter).toBe(query.startsWith('limit') ? 'limit' : 'unknown')
  })

  test.each(['0', '-1', '1.5', '1e3', 'abc', '%00', '9007199254740992', '99999999999999999999'])(
    'an invalid id is refused: %s',
    async (id) => {
      const { status, body } = await call('GET', `${path}/${id}`)
      expect(status).toBe(422)
      expect(body.errors[0].parameter).toBe('id')
    },
  )

  test('a missing item is a 404', async () => {
    expect((await call('GET', `${path}/9007199254740991`)).status).toBe(404)
    expect((await call('GET', `${path}/9007199254740991`, { token })).status).toBe(404)
  })

  const shared: typeof faults = [
    ['an empty title', { title: '' }, ['#/title']],
    ['a blank title', { title: ' \u3000\u200b' }, ['#/title']],
    ['a long title', { title: 'x'.repeat(513) }, ['#/title']],
    ['U+0000', { title: 'a\0b' }, ['#/title']],
    ['a lone surrogate', { title: '\ud800' }, ['#/title']],
    ['another visibility', { visibility: 'friends' }, ['#/visibility']],
    ['draft a string', { draft: 'yes' }, ['#/draft']],
    ['an id', { id: 7 }, ['#/id']],
    ['an author', { author: { id: 1 }, author_id: 1 }, ['#/author', '#/author_id']],
    ['times and a version', { published_at: '2020-01-01T00:00:00.000Z', version: 9 }, ['#/published_at', '#/version']],
    ['a name that a pointer escapes', { 'a/b~c': 1 }, ['#/a~1b~0c']],
    ['three faults', { title: 1, draft: 1, more: 1 }, ['#/title', '#/draft', '#/more']],
  ]
  test.each([...shared, ...faults])('every fault of a body is reported: %s', async (_, fault, pointers) => {
    const before = await call('GET', `${path}?limit=1`)
    const { status, body } = await call('POST', path, { token, json: { ...published, ...fault } })
    expect(status).toBe(422)
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()).toEqual(pointers.toSorted())
    expect((await call('GET', `${path}?limit=1`)).body).toEqual(before.body)
  })

  test('text is returned with the same code points', async () => {
    const title = '  e\u0301 ﬁ 👩‍👩‍👧 \u202eabc \t'
    const { body } = await call('POST', path, { token, json: { ...published, title } })
    expect((await call('GET', `${path}/${body.id}`, { token })).body.title).toBe(title)
  })

  test('a title of 512 code points outside the basic plane fits', async () => {
    const { status } = await call('POST', path, { token, json: { ...published, title: '𝒳'.repeat(512) } })
    expect(status).toBe(201)
    expect((await call('POST', path, { token, json: { ...published, title: '𝒳'.repeat(513) } })).status).toBe(422)
  })
})
