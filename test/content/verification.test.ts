import { expect, test } from 'vitest'
import { CONTENT_TYPES } from '../support/content-types.ts'
import '../support/hashing.ts'
import { accountWithMail, mailEnv, tokenTo } from '../support/mailbox.ts'
import { call } from '../support/service.ts'

const strict = { ...mailEnv, EMAIL_VERIFICATION: 'required' }
const types = Object.values(CONTENT_TYPES)

test.each(types)('$path: an author publishes only with a verified address, if that is required', async (type) => {
  const { token, email } = await accountWithMail()
  const as = { token, env: strict }
  const { path, example } = type
  for (const headers of [{}, { 'Idempotency-Key': 'first' }]) {
    const published = await call('POST', path, { ...as, json: { ...example, draft: false }, headers })
    expect([published.status, published.body.code]).toEqual([403, 'email-not-verified'])
  }
  const { body, status } = await call('POST', path, { ...as, json: { ...example, draft: true } })
  expect(status).toBe(201)
  for (const json of [undefined, { at: '2099-01-01T00:00:00.000Z' }]) {
    const refused = await call('PUT', `${path}/${body.id}/publish`, { ...as, ...(json && { json }) })
    expect([refused.status, refused.body.code]).toEqual([403, 'email-not-verified'])
  }
  expect((await call('GET', `${path}/${body.id}`, as)).body.published_at).toBeNull()
  expect((await call('PATCH', `${path}/${body.id}`, { ...as, json: { title: 'Changed' } })).status).toBe(200)
  expect((await call('GET', `${path}?status=all`, as)).body.items).toHaveLength(1)

  await call('PUT', '/users/email-verification', { env: strict, json: { token: tokenTo(email, '/verify') } })
  expect((await call('PUT', `${path}/${body.id}/publish`, as)).status).toBe(200)
  const headers = { 'Idempotency-Key': 'first' }
  expect((await call('POST', path, { ...as, json: { ...example, draft: false }, headers })).status).toBe(201)
})

test('an ended session, another author’s item and another version have other errors than a missing verification', async () => {
  const { token } = await accountWithMail()
  const other = await accountWithMail()
  const as = { token, env: strict }
  const { body } = await call('POST', '/posts', { ...as, json: { title: 'x', body: 'x', draft: true } })
  const publish = `/posts/${body.id}/publish`
  expect((await call('PUT', publish, { ...as, token: other.token })).status).toBe(404)
  await call('POST', '/users/logout', { token })
  expect((await call('PUT', publish, as)).status).toBe(401)
  expect((await call('POST', '/posts', { ...as, json: { title: 'x', body: 'x' } })).status).toBe(401)
})

test('verification is optional by default', async () => {
  const { token } = await accountWithMail()
  const { status } = await call('POST', '/posts', { token, env: mailEnv, json: { title: 'x', body: 'x' } })
  expect(status).toBe(201)
})
