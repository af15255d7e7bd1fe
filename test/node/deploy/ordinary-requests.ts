/** The requests of a user, from registration to the deletion of the account. */
import { expect } from 'vitest'
import type { Service } from './versions.ts'

type Account = ReturnType<typeof credentials> & { token: string; refresh_token: string }

export const credentials = (username: string) => ({
  username,
  email: `${username}@example.com`,
  password: 'a passphrase nobody uses',
})

export async function register(service: Service, name: string): Promise<Account> {
  const { status, body } = await send(service, 'POST', '/users/register', { json: credentials(name) })
  expect(status).toBe(201)
  return { ...credentials(name), token: body.access_token, refresh_token: body.refresh_token }
}

/** Sends ordinary requests, which read and write most tables. Each succeeds. */
export async function sendOrdinaryRequests(
  service: Service,
  { username, email, password, token, refresh_token }: Account,
) {
  const ask = async (expected: number, method: string, path: string, json?: object, as = token) => {
    const { status, body } = await send(service, method, path, { json, token: as })
    expect(`${method} ${path} ${status}`).toBe(`${method} ${path} ${expected}`)
    return body
  }
  await ask(401, 'POST', '/users/login', { email, password: 'not it' }, '')
  const other = await ask(200, 'POST', '/users/login', { email, password }, '')
  await ask(200, 'POST', '/users/refresh', { refresh_token }, '')

  const title = `A gate of ${username}`
  const { id } = await ask(201, 'POST', '/posts', { title, body: 'Small, and well guarded.' })
  const recipe = await ask(201, 'POST', '/recipes', { title, draft: false, ingredients: ['salt'] })
  await ask(200, 'PATCH', `/posts/${id}`, { body: 'Small.' })
  await ask(200, 'PUT', `/posts/${id}/publish`)
  expect(await ask(200, 'GET', `/posts/${id}`)).toMatchObject({ title, body: 'Small.', author: { username } })
  expect((await ask(200, 'GET', '/posts')).items[0]).toMatchObject({ id, title })
  expect((await ask(200, 'GET', `/posts?q=gate%20${username}`)).items).toMatchObject([{ id, title }])
  await ask(204, 'DELETE', `/recipes/${recipe.id}`)
  const { token: reader } = await register(service, `${username}-reader`)
  await ask(202, 'POST', `/posts/${id}/reports`, { reason: 'spam' }, reader)

  expect((await ask(200, 'GET', '/users/me/export')).content.posts).toMatchObject([{ id, title }])
  await ask(200, 'PATCH', '/users/me', { username: `${username}-later` })
  expect((await ask(200, 'GET', '/users/me/sessions')).items).toHaveLength(2)
  await ask(204, 'POST', '/users/logout', undefined, other.access_token)
  await ask(204, 'PUT', '/users/me/password', { current_password: password, new_password: `${password} now` })
  await ask(204, 'POST', '/users/me/delete', { current_password: `${password} now` })
  await ask(401, 'GET', '/users/me')
}

type Sent = { json?: object | undefined; token?: string }

export async function send({ url }: Service, method: string, path: string, { json, token }: Sent = {}) {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(json && { 'Content-Type': 'application/json' }),
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(method === 'POST' && token && { 'Idempotency-Key': crypto.randomUUID() }),
    },
    ...(json && { body: JSON.stringify(json) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
}
