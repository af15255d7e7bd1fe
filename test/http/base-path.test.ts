/** A service at example.com/api/*: every path in a response has the prefix, and nothing outside of it is served. */
import { createExecutionContext } from 'cloudflare:test'
import { expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { underBasePath } from '../../src/http/base-path.ts'
import { connect } from '../../src/store/database.ts'
import { env as inline, PASSWORD } from '../support/service.ts'

const ORIGIN = 'https://example.com'
const env = { ...inline, BASE_PATH: '/api', ALLOWED_ORIGINS: 'https://app.example.com' }
const handle = underBasePath(createApp(connect).fetch)

async function call(method: string, path: string, headers: Record<string, string> = {}, json?: unknown) {
  const init = { method, headers: { ...(json !== undefined && { 'Content-Type': 'application/json' }), ...headers } }
  const body = json === undefined ? {} : { body: JSON.stringify(json) }
  const response = await handle(new Request(ORIGIN + path, { ...init, ...body }), env, createExecutionContext())
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const registration = { username: 'inside', email: 'inside@example.com', password: PASSWORD }
const registered = JSON.parse((await call('POST', '/api/users/register', {}, registration)).text)
const signedIn = { Authorization: `Bearer ${registered.access_token}` }

test('Location, Link, the type of a problem and JSON-LD have the prefix', async () => {
  const text = 'See /posts and "/users/me": a text of a user stays as it is.'
  const post = { title: '/posts', body: text, visibility: 'public' }
  const created = await call('POST', '/api/posts', signedIn, post)
  expect(created.headers.get('Location')).toMatch(/^\/api\/posts\/\d+$/)
  expect(JSON.parse(created.text)).toMatchObject({ title: '/posts', body: text })
  await call('POST', '/api/posts', signedIn, post)
  expect((await call('GET', '/api/posts?limit=1')).headers.get('Link')).toMatch(/^<\/api\/posts\?.*>; rel="next"$/)
  const missing = await call('GET', '/api/posts/999999')
  expect([missing.status, JSON.parse(missing.text).type]).toEqual([404, '/api/problems/not-found'])
  const recipe = await call('POST', '/api/recipes', signedIn, { title: 'Kimchi', draft: false })
  const location = recipe.headers.get('Location') ?? ''
  const linked = await call('GET', location, { Accept: 'application/ld+json' })
  expect(JSON.parse(linked.text)).toMatchObject({ '@id': ORIGIN + location, url: ORIGIN + location })
})

test('the refresh cookie is set and cleared for the base path only', async () => {
  const headers = { Origin: 'https://app.example.com', 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'cors' }
  const login = { email: registration.email, password: PASSWORD, session: 'cookie' }
  const { headers: given } = await call('POST', '/api/users/login', headers, login)
  const [cookie = ''] = given.getSetCookie()
  expect(cookie).toMatch(/^__Secure-refresh=[^;]+; .*Path=\/api; .*Secure/)
  const Cookie = cookie.slice(0, cookie.indexOf(';'))
  const ofOther = Cookie.replace('__Secure-', '__Host-')
  expect((await call('POST', '/api/users/refresh', { ...headers, Cookie: ofOther })).status).toBe(401)
  expect((await call('POST', '/api/users/refresh', { ...headers, Cookie })).status).toBe(200)
})

test('the document names the base path as its server, and its paths stay relative to it', async () => {
  const { text } = await call('GET', '/api/openapi.json')
  const document = JSON.parse(text)
  expect(document.servers[0].url).toBe('/api')
  expect(Object.keys(document.paths)).toContain('/users/login')
  expect(text).not.toMatch(/"\/problems\/[a-z-]+"[,}]|__Host-|Path=\/;/)
  expect(text).toContain('"/api/problems/invalid-credentials"')
})

test.each(['/api', '/api/', '/api/docs', '/api/docs/guides', '/api/problems', '/api/problems/not-found'])(
  'every link of the page %s stays under the base path',
  async (path) => {
    const { status, text } = await call('GET', path, { Accept: 'text/html' })
    expect(status).toBe(200)
    const links = [...text.matchAll(/\b(?:href|src)="(\/[^"]*)"/g)].map(([, link = '']) => link)
    expect(links.length).toBeGreaterThan(1)
    for (const link of links) expect([link, (await call('GET', link)).status]).toEqual([link, 200])
    for (const [url] of text.matchAll(/https:\/\/example\.com\/[\w/-]*/g)) expect(url).toMatch(/\/api\//)
  },
)

test.each(['/api/register', '/api/reset', '/api/verify', '/api/email-change'])(
  'the page %s has relative links',
  async (path) => {
    const { status, text } = await call('GET', path, { Accept: 'text/html' })
    expect(status).toBe(200)
    const links = [...text.matchAll(/\b(?:href|src|data-action)="([^"]*)"/g)].map(([, link = '']) => link)
    expect(links.filter((link) => link.startsWith('users/'))).not.toEqual([])
    for (const link of links) expect(new URL(link, ORIGIN + path).pathname).toMatch(/^\/api\//)
  },
)

test.each(['/', '/posts', '/apis/posts', '/health', '/docs'])(
  'returns 404 for %s, outside of the base path',
  async (path) => {
    const { status, text } = await call('GET', path)
    expect([status, JSON.parse(text).type]).toEqual([404, '/api/problems/not-found'])
  },
)

test('paths of the index and the problem types have the prefix', async () => {
  expect(Object.values<string>(JSON.parse((await call('GET', '/api')).text).links)).toSatisfy((links: string[]) =>
    links.every((link) => link.startsWith('/api/')),
  )
  const { items } = JSON.parse((await call('GET', '/api/problems')).text)
  expect(items.every(({ type }: { type: string }) => type.startsWith('/api/problems/'))).toBe(true)
})
