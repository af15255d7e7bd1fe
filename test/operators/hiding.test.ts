import { describe, expect, test } from 'vitest'
import { CONTENT_TYPES } from '../support/content-types.ts'
import { auditOf, idsOf, operator } from '../support/operators.ts'
import { account, call } from '../support/service.ts'

const reason = 'Someone else’s photographs.'

describe.each(Object.entries(CONTENT_TYPES))('%s', (type, { path, example }) => {
  const hide = (token: string, id: number, headers = {}) =>
    call('PUT', `/operator/${type}/${id}/hidden`, { token, json: { reason }, headers })
  const unhide = (token: string, id: number) => call('DELETE', `/operator/${type}/${id}/hidden`, { token })

  /** A published item, its author, a reader and an operator. */
  async function setUp(fields: Record<string, unknown> = {}) {
    const [admin, author, reader] = [await operator(), await account(), await account()]
    const word = `w${crypto.randomUUID().slice(0, 8)}`
    const json = { ...example, title: `A ${word}`, draft: false, visibility: 'public', ...fields }
    const { body } = await call('POST', path, { token: author.token, json })
    const lists = [path, `${path}?q=${word}`, `${path}?author=${author.username}`]
    /** Whether others than the author and operators can find the item in any list, search or read. */
    async function isFound(): Promise<boolean> {
      const found = await Promise.all(lists.flatMap((list) => [idsOf(list), idsOf(list, reader.token)]))
      const reads = await Promise.all(
        [undefined, reader.token].flatMap((token) =>
          ['application/json', 'application/ld+json'].map(async (Accept) => {
            const { status } = await call('GET', `${path}/${body.id}`, { ...(token && { token }), headers: { Accept } })
            return status
          }),
        ),
      )
      return found.some((ids) => ids.includes(body.id)) || reads.some((status) => status !== 404)
    }
    return { admin, author, reader, id: body.id as number, isFound }
  }

  test('only the author, who sees the reason, and operators can read a hidden item', async () => {
    const { admin, author, id, isFound } = await setUp()
    expect(await isFound()).toBe(true)
    expect((await hide(admin.token, id)).status).toBe(204)
    expect(await isFound()).toBe(false)
    const hidden = { at: expect.any(String), reason }
    expect((await call('GET', `${path}/${id}`, { token: author.token })).body.hidden).toEqual(hidden)
    expect((await call('GET', `${path}/${id}`, { token: admin.token })).body.hidden).toEqual(hidden)
    const { body } = await call('GET', `${path}?status=all`, { token: author.token })
    expect(body.items[0]).toMatchObject({ id, hidden })
    const exported = await call('GET', '/users/me/export', { token: author.token })
    expect(exported.body.content[type][0].hidden).toEqual(hidden)
    expect(exported.body.audit_log).toEqual([
      { created_at: expect.any(String), action: 'item-hidden', subject: `${type}:${id}`, reason },
    ])
  })

  test('no action of the author makes the item visible, and unhiding does', async () => {
    const { admin, author, reader, id, isFound } = await setUp()
    const { token } = author
    await hide(admin.token, id)
    const at = new Date(Date.now() - 60_000).toISOString()
    const deeds: [string, string, unknown?][] = [
      ['PATCH', `${path}/${id}`, { title: 'Changed', visibility: 'members' }],
      ['PATCH', `${path}/${id}`, { visibility: 'public' }],
      ['PUT', `${path}/${id}/publish`],
      ['DELETE', `${path}/${id}/publish`],
      ['PUT', `${path}/${id}/publish`, { at }],
      ['PUT', `${path}/${id}/publish`, { at: new Date(Date.now() + 60_000).toISOString() }],
      ['PUT', `${path}/${id}/publish`],
    ]
    for (const [method, at_, json] of deeds) {
      const { status, body } = await call(method, at_, { token, ...(json !== undefined && { json }) })
      expect([status, body.hidden?.reason]).toEqual([200, reason])
      expect(await isFound()).toBe(false)
    }
    // Not 403, which would reveal that the item exists.
    expect((await call('PATCH', `${path}/${id}`, { token: reader.token, json: { title: 'x' } })).status).toBe(404)
    expect((await call('PATCH', `${path}/${id}`, { token: admin.token, json: { title: 'x' } })).status).toBe(403)

    expect((await unhide(admin.token, id)).status).toBe(204)
    expect(await isFound()).toBe(true)
    expect((await call('GET', `${path}/${id}`)).body).not.toHaveProperty('hidden')
    await hide(admin.token, id)
    expect((await call('DELETE', `${path}/${id}`, { token })).status).toBe(204)
    expect((await unhide(admin.token, id)).status).toBe(404)
  })

  test('a repeated request with its Idempotency-Key does not make it visible', async () => {
    const [admin, author] = [await operator(), await account()]
    const request = {
      token: author.token,
      json: { ...example, draft: false, visibility: 'public' },
      headers: { 'Idempotency-Key': crypto.randomUUID() },
    }
    const { body } = await call('POST', path, request)
    await hide(admin.token, body.id)
    const replay = await call('POST', path, request)
    expect([replay.status, replay.body.id]).toEqual([201, body.id])
    expect((await call('GET', `${path}/${body.id}`)).status).toBe(404)
    expect(await idsOf(`${path}?author=${author.username}`)).toEqual([])
  })

  test('with twenty of forty items hidden, a page of twenty has twenty items', async () => {
    const [admin, author] = [await operator(), await account()]
    const word = `w${crypto.randomUUID().slice(0, 8)}`
    const json = { ...example, title: `A ${word}`, draft: false, visibility: 'public' }
    const ids: number[] = []
    for (let n = 0; n < 40; n++) ids.push((await call('POST', path, { token: author.token, json })).body.id)
    await Promise.all(ids.filter((_, n) => n % 2 === 1).map((id) => hide(admin.token, id)))
    const shown = ids.filter((_, n) => n % 2 === 0).toReversed()
    for (const list of [`${path}?author=${author.username}`, `${path}?q=${word}`]) {
      const { body } = await call('GET', `${list}&limit=20`)
      expect(body.items.map(({ id }: { id: number }) => id)).toEqual(shown)
      expect(body.next_cursor).toBeNull()
    }
  })

  test('hiding is recorded once, changes the entity tag and respects If-Match', async () => {
    const { admin, author, id } = await setUp()
    const tag = async () => (await call('GET', `${path}/${id}`, { token: author.token })).headers.get('ETag')
    const before = (await tag()) ?? ''
    expect((await hide(admin.token, id, { 'If-Match': '"99"' })).status).toBe(412)
    expect((await hide(admin.token, id, { 'If-Match': before })).status).toBe(204)
    expect(await tag()).not.toBe(before)
    await hide(admin.token, id)
    await unhide(admin.token, id)
    await unhide(admin.token, id)
    expect((await auditOf(`${type}:${id}`)).map(({ actor, action, reason: why }) => [actor, action, why])).toEqual([
      [`user:${admin.id}`, 'item-hidden', reason],
      [`user:${admin.id}`, 'item-unhidden', null],
    ])
  })

  test('an item that is unhidden while its author is suspended stays withheld until the suspension is lifted', async () => {
    const { admin, author, id, isFound } = await setUp()
    await hide(admin.token, id)
    await call('PUT', `/operator/users/${author.id}/suspension`, { token: admin.token, json: { reason } })
    await unhide(admin.token, id)
    expect(await isFound()).toBe(false)
    await call('DELETE', `/operator/users/${author.id}/suspension`, { token: admin.token })
    expect(await isFound()).toBe(true)
  })
})
