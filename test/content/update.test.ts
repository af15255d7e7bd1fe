import { describe, expect, test } from 'vitest'
import { CONTENT_TYPES } from '../support/content-types.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { account, call } from '../support/service.ts'

const { token } = await account()
const reader = await account()

describe.each(Object.values(CONTENT_TYPES))('$path', ({ path, example, optional, hiddenInLists }) => {
  const write = async (fields = {}) => {
    const { body, headers } = await call('POST', path, {
      token,
      json: { ...example, draft: false, visibility: 'public', ...fields },
    })
    return { item: body, place: `${path}/${body.id}`, tag: headers.get('ETag') ?? '' }
  }
  const change = (place: string, json: unknown, headers = {}) => call('PATCH', place, { token, json, headers })
  const publish = (place: string, json?: unknown, headers = {}) =>
    call('PUT', `${place}/publish`, { token, headers, ...(json !== undefined && { json }) })
  const unpublish = (place: string, headers = {}) => call('DELETE', `${place}/publish`, { token, headers })

  test('a change affects only the fields that are sent', async () => {
    const { item, place, tag } = await write()
    const { status, headers, body } = await change(place, { title: 'Anew' })
    expect(status).toBe(200)
    expect(body).toEqual({ ...item, title: 'Anew', version: item.version + 1, updated_at: body.updated_at })
    expect(Date.parse(body.updated_at)).toBeGreaterThanOrEqual(Date.parse(item.updated_at))
    expect(headers.get('ETag')).not.toBe(tag)
    const read = await call('GET', place)
    expect([read.body, read.headers.get('ETag')]).toEqual([body, headers.get('ETag')])
  })

  test('each field and the visibility can be changed separately', async () => {
    const { item, place } = await write(optional)
    for (const [name, value] of Object.entries({ ...example, visibility: 'members' })) {
      const { status, body } = await change(place, { [name]: value })
      expect([status, body[name]]).toEqual([200, value])
    }
    expect((await call('GET', place, { token })).body).toMatchObject({ ...example, visibility: 'members', id: item.id })
    expect((await call('GET', place)).status).toBe(401)
  })

  test('optional fields are in every response', async () => {
    const rest = Object.fromEntries(Object.entries(example).filter(([name]) => !(name in optional)))
    const { status, body } = await call('POST', path, { token, json: rest })
    expect(status).toBe(201)
    expect(body).toMatchObject(optional)
  })

  test('an empty change is refused, and a violated rule is reported', async () => {
    const { place, item } = await write()
    expect((await change(place, {})).body.errors).toEqual([{ pointer: '#', detail: 'At least one field is required.' }])
    expect((await change(place, { title: '' })).status).toBe(422)
    expect((await change(place, { title: null })).status).toBe(422)
    expect((await call('GET', place)).body).toEqual(item)
  })

  test('a deleted item is gone from its path, the list and the search', async () => {
    const word = `w${crypto.randomUUID().replaceAll('-', '')}`
    const { place } = await write({ title: word })
    expect((await call('GET', `${path}?q=${word}`)).body.items).toHaveLength(1)
    const { status, text } = await call('DELETE', place, { token })
    expect([status, text]).toEqual([204, ''])
    expect((await call('GET', place, { token })).status).toBe(404)
    expect((await call('GET', `${path}?q=${word}`)).body.items).toEqual([])
    expect((await call('DELETE', place, { token })).status).toBe(404)
  })

  test('publishing again changes nothing', async () => {
    const { place } = await write({ draft: true })
    const first = await publish(place)
    expect(first.status).toBe(200)
    expect(Date.parse(first.body.published_at)).toBeLessThanOrEqual(Date.now())
    const again = await publish(place, {})
    expect([again.body, again.headers.get('ETag')]).toEqual([first.body, first.headers.get('ETag')])

    const draft = await unpublish(place)
    expect([draft.status, draft.body.published_at]).toEqual([200, null])
    expect(draft.headers.get('ETag')).not.toBe(first.headers.get('ETag'))
    const still = await unpublish(place)
    expect([still.body, still.headers.get('ETag')]).toEqual([draft.body, draft.headers.get('ETag')])
    expect((await call('GET', place, { token: reader.token })).status).toBe(404)
  })

  test('a schedule can be set, repeated and replaced by publishing now', async () => {
    const { place } = await write({ draft: true })
    const at = new Date(Date.now() + 86_400_000).toISOString()
    const first = await publish(place, { at })
    expect(first.body.published_at).toBe(at)
    const again = await publish(place, { at: at.replace('Z', '+00:00') })
    expect([again.body, again.headers.get('ETag')]).toEqual([first.body, first.headers.get('ETag')])
    expect(Date.parse((await publish(place)).body.published_at)).toBeLessThanOrEqual(Date.now())
    const ends = ['9999-12-31T23:59:59-12:00', '0000-01-01T00:00:00+12:00']
    for (const bad of ['tomorrow', '2027-01-01', '2027-02-30T00:00:00Z', 1, '', ...ends]) {
      expect((await publish(place, { at: bad })).body.errors[0].pointer).toBe('#/at')
    }
    expect((await publish(place, { when: at })).status).toBe(422)
    const broken = await call('PUT', `${place}/publish`, {
      token,
      body: '{',
      headers: { 'Content-Type': 'application/json' },
    })
    expect(broken.status).toBe(400)
    expect(
      (await call('PUT', `${place}/publish`, { token, body: 'x', headers: { 'Content-Type': 'text/plain' } })).status,
    ).toBe(415)
  })

  test('If-None-Match with the current tag is a 304 without a body', async () => {
    const { place, tag } = await write()
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*', tag.replace(/"$/, '-gzip"')]) {
      const { status, headers, text } = await call('GET', place, { headers: { 'If-None-Match': known } })
      expect([status, text, headers.get('ETag')]).toEqual([304, '', tag])
      expect(headers.get('Cache-Control')).toBe('no-cache')
      expect(headers.get('Vary')).toContain('Authorization')
    }
    for (const unknown of ['"other"', tag.slice(1, -1), '', tag.replace(/"$/, '-ld"')]) {
      expect((await call('GET', place, { headers: { 'If-None-Match': unknown } })).status).toBe(200)
    }
    await change(place, { title: 'Anew' })
    expect((await call('GET', place, { headers: { 'If-None-Match': tag } })).status).toBe(200)
  })

  test('only responses that are the same for everyone can be stored', async () => {
    const kept = async (place: string, as?: string) =>
      (await call('GET', place, as === undefined ? {} : { token: as })).headers.get('Cache-Control')
    expect(await kept((await write()).place)).toBe('no-cache')
    expect(await kept((await write({ visibility: 'members' })).place, reader.token)).toBe('no-store')
    expect(await kept((await write({ draft: true })).place, token)).toBe('no-store')
    expect(await kept(path)).toBe('no-cache')
    expect(await kept(`${path}?status=all`, token)).toBe('no-store')
  })

  test.each(['PATCH', 'DELETE', 'publish', 'unpublish'])('a change of another version is refused: %s', async (verb) => {
    const { place, tag } = await write()
    await change(place, { title: 'Meanwhile' })
    const now = await call('GET', place)
    const tries: Record<string, (headers: object) => ReturnType<typeof call>> = {
      PATCH: (headers) => change(place, { title: 'Too late' }, headers),
      DELETE: (headers) => call('DELETE', place, { token, headers: { ...headers } }),
      publish: (headers) => publish(place, {}, headers),
      unpublish: (headers) => unpublish(place, headers),
    }
    for (const stale of [tag, `W/${tag}`, '"0"', '"other"', '"1-gzip"', '"2-other"', '"2;gzip"', '"-gzip"']) {
      const response = await tries[verb]?.({ 'If-Match': stale })
      expect([response?.status, response?.body.type]).toEqual([412, '/problems/version-conflict'])
    }
    for (const noTag of ['1', 'hello', '']) {
      const response = await tries[verb]?.({ 'If-Match': noTag })
      expect([response?.status, response?.body.errors[0].parameter]).toEqual([422, 'if-match'])
    }
    expect((await call('GET', place)).body).toEqual(now.body)
    expect((await tries[verb]?.({ 'If-Match': `"0", ${now.headers.get('ETag')}` }))?.status).toBeLessThan(300)
  })

  test.each(['W/"1"', '"1-gzip"', '"1-br"', '"1-zstd"', '"1--gzip"', 'W/"1-gzip"', '"1-1-gzip"'])(
    'a proxy that compresses responses may make %s of the entity tag',
    async (tag) => {
      const { place } = await write()
      const { status, headers } = await change(place, { title: 'Anew' }, { 'If-Match': tag })
      expect([status, headers.get('ETag')]).toEqual([200, '"2"'])
    },
  )

  test('If-Match: * matches every version', async () => {
    const { place } = await write()
    expect((await change(place, { title: 'Anew' }, { 'If-Match': '*' })).status).toBe(200)
  })

  test('exactly one of 20 concurrent changes with one entity tag succeeds', async () => {
    const { place, tag } = await write()
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, n) => change(place, { title: `Writer ${n}` }, { 'If-Match': tag })),
    )
    const won = responses.filter(({ status }) => status === 200)
    expect(won).toHaveLength(1)
    expect(responses.filter(({ status }) => status === 412)).toHaveLength(19)
    expect((await call('GET', place)).body.title).toBe(won[0]?.body.title)
  })

  test('a change is visible in lists and searches', async () => {
    const [before, after] = [0, 1].map(() => `w${crypto.randomUUID().replaceAll('-', '')}`)
    const { place, item } = await write({ title: before })
    await change(place, { title: after })
    expect((await call('GET', `${path}?q=${before}`)).body.items).toEqual([])
    const { items } = (await call('GET', `${path}?q=${after}`)).body
    expect(items).toMatchObject([{ id: item.id, title: after }])
    for (const hidden of hiddenInLists) expect(items[0]).not.toHaveProperty(hidden)
  })

  test('a change makes one round trip, and one more if it fails', async () => {
    const { place } = await write()
    expect({
      change: await countRoundTrips(() => change(place, { title: 'Counted' })),
      publish: await countRoundTrips(() => publish(place)),
      unpublish: await countRoundTrips(() => unpublish(place)),
      stale: await countRoundTrips(() => change(place, { title: 'Counted' }, { 'If-Match': '"0"' })),
      'list with a token': await countRoundTrips(() => call('GET', path, { token })),
      'read without a token': await countRoundTrips(() => call('GET', place)),
      search: await countRoundTrips(() => call('GET', `${path}?q=counted`)),
      delete: await countRoundTrips(() => call('DELETE', place, { token })),
      gone: await countRoundTrips(() => call('DELETE', place, { token })),
    }).toEqual({
      change: 1,
      publish: 1,
      unpublish: 1,
      stale: 2,
      'list with a token': 1,
      'read without a token': 1,
      search: 1,
      delete: 1,
      gone: 2,
    })
  })
})
