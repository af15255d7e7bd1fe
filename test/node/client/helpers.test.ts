/** Helpers of the client: items of all pages, safe edits, errors by field, and tokens of the caller. */
import { expect, test } from 'vitest'
import { createClient, fieldErrors, isProblem, PosternError } from '../../../packages/client/src/client.ts'
import { runService } from '../../support/node/running.ts'
import { newAccount, openBrowser, password, signIn, times } from './browser.ts'

const service = runService()

test('pages yields every item once, requests a page when it is needed, and stops with the caller', async () => {
  const { browser, tab, account } = await signIn(service.url)
  for (const at of times(7, (n) => n)) await tab.POST('/posts', { body: { title: `Gate ${at}`, body: 'In a wall.' } })
  const query = { author: account.username, limit: 3 }
  const titles = []
  for await (const { title } of tab.pages('/posts', { query })) titles.push(title)
  expect(titles).toEqual(times(7, (n) => `Gate ${6 - n}`))
  expect(browser.times('GET /posts')).toBe(3)
  for await (const post of tab.pages('/posts', { query })) if (post.title === 'Gate 5') break
  expect(browser.times('GET /posts')).toBe(4)
})

test('pages throws the error of a page', async () => {
  const { tab } = await signIn(service.url)
  const items = tab.pages('/posts', { query: { limit: 1000 } })
  const error: unknown = await items.next().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PosternError)
  expect(isProblem(error, 'invalid-input')).toBe(true)
  expect(fieldErrors(error)).toEqual({ limit: [expect.stringMatching(/\w/)] })
  const controller = new AbortController()
  controller.abort()
  await expect(tab.pages('/posts', { signal: controller.signal }).next()).rejects.toMatchObject({ code: 'aborted' })
})

test('edit changes only the version that was read', async () => {
  const { tab } = await signIn(service.url)
  const { data: post } = await tab.POST('/posts', { body: { title: 'A gate', body: 'In a wall.' } })
  const id = post?.id ?? 0
  const first = await tab.edit('/posts/{id}', id, { version: post?.version ?? 0, title: 'A door' })
  expect(first.data).toMatchObject({ id, version: 2, title: 'A door', body: 'In a wall.' })
  const second = await tab.edit('/posts/{id}', id, { version: 1, title: 'A window' })
  expect(second.data).toBeUndefined()
  if (!isProblem(second.error, 'version-conflict')) throw new Error('The edit should be a conflict.')
  expect(second.error.code satisfies 'version-conflict').toBe('version-conflict')
  expect(await tab.edit('/posts/{id}', id, { version: 2, title: 'A window' })).toHaveProperty('data.title', 'A window')
})

test('fieldErrors groups errors by pointers, parameters and codes', async () => {
  const { tab, account } = await signIn(service.url)
  const { error: registration } = await tab.register({ username: '', email: 'no address', password: 'short' })
  expect(Object.keys(fieldErrors(registration)).toSorted()).toEqual(['email', 'password', 'username'])
  const title = 'Stew'
  const { error: recipe } = await tab.POST('/recipes', {
    body: { title, ingredients: ['kimchi', 'x'.repeat(1_001)], directions: [] },
  })
  expect(fieldErrors(recipe)).toEqual({ 'ingredients.1': [expect.stringMatching(/\w/)] })
  const { error: taken } = await tab.register({ ...newAccount(), username: account.username })
  expect(isProblem(taken, 'username-taken')).toBe(true)
  expect(fieldErrors(taken)).toEqual({ username: [expect.stringMatching(/\w/)] })
  const { error: wrong } = await tab.POST('/users/me/delete', { body: { current_password: 'not it' } })
  expect(fieldErrors(wrong)).toEqual({ current_password: [expect.stringMatching(/\w/)] })
  expect(fieldErrors(new Error('another error'))).toEqual({})
  expect(fieldErrors(undefined)).toEqual({})
})

test('fieldErrors decodes pointers, and accepts names such as __proto__', () => {
  const errors = [
    { pointer: '#/a~1b/%C3%A9', detail: 'First.' },
    { pointer: '#/__proto__', detail: 'Second.' },
    { pointer: '#', detail: 'Third.' },
    { pointer: '#', detail: 'Fourth.' },
    { pointer: '#/%', detail: 'Fifth.' },
  ]
  const problem = { type: '/problems/invalid-input', code: 'invalid-input' as const, title: 'Invalid', status: 422 }
  const fields = fieldErrors(new PosternError({ ...problem, errors, request_id: 'an-id' }))
  expect(Object.entries(fields)).toEqual([
    ['a/b.é', ['First.']],
    ['__proto__', ['Second.']],
    ['', ['Third.', 'Fourth.']],
    ['%', ['Fifth.']],
  ])
})

test('isProblem is true only for problems of the service', () => {
  expect(isProblem(new PosternError('network'))).toBe(false)
  expect(isProblem(new Error('network'))).toBe(false)
  expect(isProblem(undefined)).toBe(false)
})

test('one client without a session sends requests with the tokens of several users', async () => {
  const users = await Promise.all(times(3, () => signIn(service.url)))
  const sent: string[] = []
  const postern = createClient({
    baseUrl: service.url,
    session: 'token',
    fetch: (request) => {
      sent.push(`${request.method} ${new URL(request.url).pathname}`)
      return fetch(request)
    },
  })
  for (const { account } of users) {
    const login = { username: account.username, password }
    const headers = { 'Content-Type': 'application/json' }
    const response = await fetch(`${service.url}/users/login`, { method: 'POST', headers, body: JSON.stringify(login) })
    const { access_token: token } = JSON.parse(await response.text())
    const { data } = await postern.GET('/users/me', { headers: { Authorization: `Bearer ${token}` } })
    expect(data).toMatchObject({ username: account.username })
    expect(postern.user).toBeNull()
  }
  expect((await postern.GET('/users/me')).error).toMatchObject({ code: 'unauthenticated' })
  expect(sent).toEqual(times(4, () => 'GET /users/me'))
})

test('encodes a path parameter as one segment', async () => {
  const browser = openBrowser(service.url)
  const tab = browser.openTab()
  const read = (username: string) => tab.GET('/users/{username}', { params: { path: { username } } })
  expect((await read('a/b?c#d')).error).toMatchObject({ code: 'not-found' })
  for (const dots of ['.', '..', '']) await expect(read(dots)).rejects.toThrow(TypeError)
  expect(browser.sent).toEqual(['GET /users/a%2Fb%3Fc%23d'])
})

test('reads linked data and blobs on request', async () => {
  const { tab } = await signIn(service.url)
  const { data: recipe } = await tab.POST('/recipes', {
    body: { title: 'Stew', ingredients: ['kimchi'], directions: ['Cook.'], draft: false },
  })
  const path = { id: recipe?.id ?? 0 }
  const { data } = await tab.GET('/recipes/{id}', { params: { path }, accept: 'application/ld+json' })
  expect(data).toMatchObject({ '@context': 'https://schema.org', '@type': 'Recipe', name: 'Stew' })
  const exported = await tab.GET('/users/me/export', { parseAs: 'blob' })
  expect(JSON.parse((await exported.data?.text()) ?? '')).toHaveProperty('account')
})
