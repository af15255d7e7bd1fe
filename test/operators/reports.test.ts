import { expect, test } from 'vitest'
import { auditOf, operator } from '../support/operators.ts'
import { account, call } from '../support/service.ts'

const write = async (token: string, fields: Record<string, unknown> = {}) =>
  (await call('POST', '/posts', { token, json: { title: 'Buy now', body: 'x', ...fields } })).body.id as number
const report = (token: string, id: number, json: unknown = { reason: 'spam' }) =>
  call('POST', `/posts/${id}/reports`, { token, json })

test('the queue has open reports, oldest first, until they are resolved with a note', async () => {
  const [admin, author, reader] = [await operator(), await account(), await account()]
  const first = await write(author.token)
  const second = await write(author.token)
  expect((await report(reader.token, first, { reason: 'illegal', detail: '사기입니다.' })).status).toBe(202)
  expect((await report(reader.token, second)).status).toBe(202)

  const queue = async (status?: string) => {
    const { body } = await call('GET', `/operator/reports?limit=100${status ? `&status=${status}` : ''}`, {
      token: admin.token,
    })
    return body.items.filter(({ reporter }: { reporter: { id: number } }) => reporter.id === reader.id)
  }
  const open = await queue()
  expect(open).toEqual([
    {
      id: expect.any(Number),
      type: 'posts',
      item_id: first,
      author: { id: author.id, username: author.username },
      reporter: { id: reader.id, username: reader.username },
      reason: 'illegal',
      detail: '사기입니다.',
      status: 'open',
      note: null,
      created_at: expect.any(String),
      resolved_at: null,
      resolved_by: null,
      version: 1,
    },
    expect.objectContaining({ item_id: second, reason: 'spam', detail: null }),
  ])

  const at = `/operator/reports/${open[0].id}`
  const resolve = (json: unknown, headers = {}) => call('PATCH', at, { token: admin.token, json, headers })
  expect((await resolve({ status: 'resolved' })).body.errors).toEqual([
    { pointer: '#/note', detail: expect.any(String) },
  ])
  expect((await resolve({ status: 'resolved', note: 'Hidden.' }, { 'If-Match': '"2"' })).status).toBe(412)
  const resolved = await resolve({ status: 'resolved', note: 'Hidden.' }, { 'If-Match': '"1"' })
  expect(resolved).toMatchObject({
    status: 200,
    body: { status: 'resolved', note: 'Hidden.', resolved_by: { id: admin.id, username: admin.username }, version: 2 },
  })
  expect(resolved.headers.get('ETag')).toBe('"2"')
  expect((await resolve({ status: 'resolved', note: 'Hidden.' })).body.version).toBe(2)
  expect((await queue()).map(({ item_id }: { item_id: number }) => item_id)).toEqual([second])
  expect((await queue('resolved')).map(({ item_id }: { item_id: number }) => item_id)).toEqual([first])

  expect((await resolve({ status: 'open' })).body).toMatchObject({ status: 'open', note: null, resolved_by: null })
  expect((await auditOf(`report:${open[0].id}`)).map(({ action, reason }) => [action, reason])).toEqual([
    ['report-resolved', 'Hidden.'],
    ['report-reopened', null],
  ])
})

test('concurrent reports of an item by one user are stored once', async () => {
  const [admin, author, reader] = [await operator(), await account(), await account()]
  const id = await write(author.token)
  const responses = await Promise.all(Array.from({ length: 5 }, () => report(reader.token, id)))
  expect(responses.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202])
  const { body } = await call('GET', '/operator/reports?limit=100', { token: admin.token })
  expect(body.items.filter(({ item_id }: { item_id: number }) => item_id === id)).toHaveLength(1)
  const { reports } = (await call('GET', '/users/me/export', { token: reader.token })).body
  expect(reports).toEqual([
    { type: 'posts', item_id: id, reason: 'spam', detail: null, status: 'open', created_at: expect.any(String) },
  ])
})

test('a user cannot report an item that the user cannot see', async () => {
  const [admin, author, reader] = [await operator(), await account(), await account()]
  const hidden = await write(author.token)
  await call('PUT', `/operator/posts/${hidden}/hidden`, { token: admin.token, json: { reason: 'x' } })
  for (const id of [999_999, hidden, await write(author.token, { draft: true })]) {
    expect((await report(reader.token, id)).status).toBe(404)
  }
})

test('a report outlives its item and its author', async () => {
  const [admin, author, reader] = [await operator(), await account(), await account()]
  const id = await write(author.token)
  await report(reader.token, id)
  await call('DELETE', `/operator/users/${author.id}`, { token: admin.token, json: { reason: 'Spam.' } })
  const { body } = await call('GET', '/operator/reports?limit=100', { token: admin.token })
  const kept = body.items.find(({ item_id }: { item_id: number }) => item_id === id)
  expect(kept.author).toEqual({ id: author.id, username: null })
})

test('null means the same as no note, and as no reason', async () => {
  const [admin, author, reader] = [await operator(), await account(), await account()]
  const item = await write(author.token)
  await report(reader.token, item)
  const { body } = await call('GET', '/operator/reports?limit=100', { token: admin.token })
  const { id } = body.items.find(({ item_id }: { item_id: number }) => item_id === item)
  const change = (json: object) => call('PATCH', `/operator/reports/${id}`, { token: admin.token, json })
  expect((await change({ status: 'resolved', note: null })).body.errors[0].pointer).toBe('#/note')
  expect((await change({ status: 'resolved', note: 'Done.' })).body.note).toBe('Done.')
  expect((await change({ status: 'open', note: null })).body).toMatchObject({ status: 'open', note: null })

  const suspension = `/operator/users/${author.id}/suspension`
  expect((await call('PUT', suspension, { token: admin.token, json: { reason: 'Spam.' } })).status).toBe(204)
  expect((await call('DELETE', suspension, { token: admin.token, json: { reason: null } })).status).toBe(204)
  expect(await auditOf(`user:${author.id}`)).toContainEqual(
    expect.objectContaining({ action: 'suspension-lifted', reason: null }),
  )
})
