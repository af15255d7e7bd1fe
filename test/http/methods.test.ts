import { expect, test } from 'vitest'
import { account, app, call, document, env } from '../support/service.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']
const { token, username } = await account()
const post = (await call('POST', '/posts', { token, json: { title: 'Here', body: 'and there', visibility: 'public' } }))
  .body
await call('POST', '/recipes', { token, json: { title: 'Here', draft: false } })
const fill = (path: string) =>
  path.replace('{id}', String(post.id)).replace('{username}', username).replace('{slug}', 'forbidden')

/** Every path with its methods. */
const paths: [string, string[]][] = [
  ...Object.entries(document.paths).map(([path, methods]): [string, string[]] => [
    path,
    Object.keys(methods).map((method) => method.toUpperCase()),
  ]),
  ['/openapi.json', ['GET']],
  ['/docs', ['GET']],
  ['/docs/swagger-ui.css', ['GET']],
]

test.each(paths)('%s lists its methods in Allow for every other method', async (path, known) => {
  const all = [...known, ...(known.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].toSorted()
  const allowOf = ({ headers }: { headers: Headers }) => headers.get('Allow')?.split(', ').toSorted()
  for (const method of METHODS.filter((name) => !all.includes(name))) {
    for (const given of [{}, { token }, { body: 'no JSON', headers: { 'Content-Type': 'text/plain' } }]) {
      const response = await call(method, fill(path), method === 'GET' || method === 'HEAD' ? { headers: {} } : given)
      expect([method, response.status]).toEqual([method, 405])
      expect(allowOf(response)).toEqual(all)
      if (method !== 'HEAD') expect(response.body.type).toBe('/problems/method-not-allowed')
    }
  }
  const options = await call('OPTIONS', fill(path))
  expect([options.status, options.text]).toEqual([204, ''])
  expect(allowOf(options)).toEqual(all)
})

test.each(paths.filter(([, known]) => known.includes('GET')))('HEAD %s is GET without the body', async (path) => {
  const headersOf = ({ headers }: { headers: Headers }) =>
    Object.fromEntries([...headers].filter(([name]) => !['x-request-id', 'content-length', 'date'].includes(name)))
  for (const given of [{ token }, {}]) {
    const get = await call('GET', fill(path), given)
    const head = await call('HEAD', fill(path), given)
    expect(head.text).toBe('')
    expect(head.status).toBe(get.status)
    expect(headersOf(head)).toEqual(headersOf(get))
  }
})

test.each([
  '/nowhere',
  '/posts/',
  '/posts//',
  '//posts',
  '/posts/1/',
  '/posts%2F',
  '/posts%2F1',
  '/users/me/',
  '/users/me%2Fsessions',
  '/users//me',
  '/POSTS',
  '/health/',
  '/docs/',
  '/docs/..%2f..%2fwrangler.toml',
  '/openapi.json/',
  '/problems/',
  '/%00',
  '/%ff',
])('%s is a 404 for every method', async (path) => {
  for (const method of METHODS) {
    const body = ['POST', 'PUT', 'PATCH'].includes(method) ? { body: 'no JSON' } : {}
    const response = await call(method, path, { token, ...body })
    // A path that matches a template has methods, and no resource.
    expect([method, response.status]).toEqual([method, expect.toSatisfy((status) => status === 404 || status === 405)])
    if (method === 'GET') expect(response.body.type).toBe('/problems/not-found')
  }
})

test('an encoded slash does not separate segments', async () => {
  const { status, body } = await call('GET', '/posts/1%2Fpublish')
  expect([status, body.errors]).toEqual([422, [expect.objectContaining({ parameter: 'id' })]])
})

test.each([
  'application/json',
  'APPLICATION/JSON',
  'application/json;charset=utf-8',
  'application/json; charset=UTF-8',
  'application/json; charset="utf-8"',
  'application/json; Charset=Utf-8',
  'application/json; profile=x; charset=utf-8',
  'application/json; q=1',
  'application/json ; charset=utf-8',
  'application/json;',
  'application/json; charset=utf8',
  'application/json;;charset=utf-8',
  'application/json; profile="a;b\\"c"; charset="UTF-8"',
])('accepts a body of the media type %s', async (type) => {
  const body = JSON.stringify({ title: 'Read', body: 'well' })
  expect((await call('POST', '/posts', { token, body, headers: { 'Content-Type': type } })).status).toBe(201)
})

test.each([
  '',
  'json',
  'text/json',
  'application/jsonp',
  'application/vnd.api+json',
  'application/ld+json',
  'application/json, text/plain',
  'application/json; charset=utf-16',
  'application/json; charset=latin1',
  'application/json; profile=x; charset=utf-7',
  'text/plain; application/json',
  'multipart/form-data; boundary=x',
])('refuses a body of the media type "%s", also if the body is optional', async (type) => {
  const body = JSON.stringify({ title: 'Not', body: 'read' })
  const headers = { 'Content-Type': type }
  for (const [method, path] of [
    ['POST', '/posts'],
    ['PUT', `/posts/${post.id}/publish`],
    ['POST', '/users/refresh'],
  ] as const) {
    const response = await call(method, path, { token, body, headers })
    expect([path, response.status]).toEqual([path, 415])
    expect(response.headers.get('Accept')).toBe('application/json')
  }
})

test.each(['*/*', '', 'text/html', 'application/xml', 'image/*;q=0.1', 'nonsense', 'application/json;q=0'])(
  'no response is a 406 for the Accept header "%s"',
  async (Accept) => {
    const responses = [
      await call('GET', '/posts', { headers: { Accept } }),
      await call('GET', `/posts/${post.id}`, { headers: { Accept } }),
      await call('GET', '/', { headers: { Accept } }),
      await call('GET', '/problems/forbidden', { headers: { Accept } }),
    ]
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect((await call('GET', '/users/me', { headers: { Accept } })).headers.get('Content-Type')).toBe(
      'application/problem+json',
    )
  },
)

const LARGE = JSON.stringify({ title: 'x'.repeat(3 * 1024 * 1024) })

test.each(['10', '0', '-1', 'x', '', '1e3', '99999999999999999999'])(
  'returns 413 for a body that is too large and declares the length "%s"',
  async (length) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': length }
    for (const path of ['/posts', '/users/login']) {
      const response = await call('POST', path, { token, body: LARGE, headers })
      expect([path, response.status]).toEqual([path, 413])
    }
  },
)

test('returns 415 with the accepted encoding for a compressed body', async () => {
  const body = new Response(new Blob(['{}']).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer()
  for (const [method, path] of [
    ['POST', '/posts'],
    ['PUT', `/posts/${post.id}/publish`],
  ] as const) {
    const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }
    const response = await call(method, path, { token, body: await body, headers })
    expect([response.status, response.headers.get('Accept-Encoding')]).toEqual([415, 'identity'])
  }
})

test.each<[string, string | undefined, string | undefined]>([
  ['no body', undefined, undefined],
  ['no bytes declared as JSON', 'application/json', ''],
  ['no bytes declared as a form', 'application/x-www-form-urlencoded', ''],
  ['null', 'application/json', 'null'],
  ['an empty object', 'application/json', '{}'],
])('an optional body may be %s', async (_, type, body) => {
  const headers: Record<string, string> = type === undefined ? {} : { 'Content-Type': type }
  const sent = { headers, ...(body !== undefined && { body }) }
  expect((await call('PUT', `/posts/${post.id}/publish`, { token, ...sent })).status).toBe(200)
  const PAGE = 'https://app.example.com'
  const cookie = { ...headers, Origin: PAGE }
  const refreshed = await call('POST', '/users/refresh', {
    ...sent,
    headers: cookie,
    env: { ...env, ALLOWED_ORIGINS: PAGE },
  })
  // Without a cookie the request is valid and returns 401.
  expect([refreshed.status, refreshed.body.code]).toEqual([401, 'invalid-refresh-token'])
})

test('the guard runs before the body is read', async () => {
  const body = '['.repeat(2_000_000)
  const headers = { 'Content-Type': 'application/json' }
  expect((await call('POST', '/posts', { body, headers })).status).toBe(401)
  const refused = await call('POST', '/posts', { token, body, headers })
  expect([refused.status, refused.body.detail]).toEqual([
    400,
    'Arrays and objects must be nested at most 32 levels deep.',
  ])
})

test('refuses a body with too many values before it is parsed', async () => {
  const headers = { 'Content-Type': 'application/json' }
  const body = `{"title":[${'0,'.repeat(100_000)}0]}`
  const refused = await call('POST', '/posts', { token, body, headers })
  expect([refused.status, refused.body.detail]).toEqual([400, 'The body must have at most 100000 values.'])
})

test('a route without a body ignores a sent body', async () => {
  const headers = { 'Content-Type': 'text/plain' }
  const { status } = await call('DELETE', `/posts/${post.id + 1000}`, { token, body: LARGE, headers })
  expect(status).toBe(404)
  const { token: own } = await account()
  expect((await call('POST', '/users/logout', { token: own, body: LARGE, headers })).status).toBe(204)
})

test('the index lists the paths of the service, as JSON and as HTML', async () => {
  const { body, headers } = await call('GET', '/')
  expect(headers.get('Content-Type')).toBe('application/json')
  expect(headers.get('Vary')).toContain('Accept')
  for (const path of Object.values<string>(body.links)) expect((await call('GET', path)).status).toBe(200)

  const browser = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8', Host: 'posts.example.com' }
  const page = await app.request('https://posts.example.com/', { headers: browser }, env)
  expect(page.headers.get('Content-Type')).toContain('text/html')
  const text = await page.text()
  expect(text).toContain('href="/docs"')
  const curls = [...text.matchAll(/curl (https:[^\s<]+)/g)].map(([, url = '']) => url)
  expect(curls).toEqual(['/users/register', '/posts', '/posts'].map((path) => `https://posts.example.com${path}`))
})

test('the version is the version of the package', async () => {
  const { default: source } = await import('../../package.json?raw')
  expect((await call('GET', '/')).body.version).toBe(JSON.parse(source).version)
})

test('refuses an array as an optional body, even an empty one', async () => {
  const refused = await call('PUT', `/posts/${post.id}/publish`, { token, json: [] })
  expect([refused.status, refused.body.code]).toEqual([422, 'invalid-input'])
})
