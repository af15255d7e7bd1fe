import { expect, test, vi } from 'vitest'
import { account, app, call, document, env } from '../support/service.ts'

const PAGE = 'https://app.example.com'
const listed = { ...env, ALLOWED_ORIGINS: `${PAGE}, http://localhost:5173` }

/** Responses of every type: success, error, 304, preflight, page, file, and an unconfigured service. */
async function responses(headers: Record<string, string> = {}) {
  const { token } = await account()
  const created = await call('POST', '/recipes', { token, json: { title: 'Seen by all', draft: false } })
  const path = `/recipes/${created.body.id}`
  const preflight = { 'Access-Control-Request-Method': 'PATCH', 'Access-Control-Request-Headers': 'authorization' }
  const ask = (at: string, init: RequestInit = {}, given = listed) =>
    app.request(at, { ...init, headers: { ...headers, ...(init.headers as Record<string, string>) } }, given)
  return {
    well: await ask('/posts'),
    head: await ask('/posts', { method: 'HEAD' }),
    unchanged: await ask(path, { headers: { 'If-None-Match': created.headers.get('ETag') ?? '' } }),
    refused: await ask('/users/me'),
    nowhere: await ask('/nowhere'),
    'another method': await ask('/posts', { method: 'DELETE' }),
    options: await ask('/posts', { method: 'OPTIONS' }),
    preflight: await ask('/posts/1', { method: 'OPTIONS', headers: preflight }),
    'a bad body': await ask('/users/login', { method: 'POST', body: 'x' }),
    index: await ask('/', { headers: { Accept: 'text/html' } }),
    docs: await ask('/docs'),
    file: await ask('/docs/swagger-ui.css'),
    document: await ask('/openapi.json'),
    'not set up': await ask('/posts', {}, { ...listed, JWT_SECRET: '' }),
  }
}

test('every response has the security headers and a request id', async () => {
  const all = Object.entries(await responses({ Origin: PAGE }))
  const statuses = new Set(all.map(([, { status }]) => status))
  expect([...statuses].toSorted()).toEqual([200, 204, 304, 401, 404, 405, 415, 503])
  for (const [name, { headers }] of all) {
    expect([name, Object.fromEntries(headers)]).toEqual([
      name,
      expect.objectContaining({
        'strict-transport-security': 'max-age=31536000; includeSubDomains',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'content-security-policy': expect.stringMatching(/^default-src 'none';.* frame-ancestors 'none'$/),
        'cache-control': expect.any(String),
        'x-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
      }),
    ])
    expect(headers.get('Content-Security-Policy')).not.toMatch(/unsafe|\*|https?:/)
  }
})

test('the policy of an API response allows nothing, that of a page its script and style, and that of the API reference calls to the service', async () => {
  const { well, index, docs } = await responses()
  const policy = ({ headers }: Response) => headers.get('Content-Security-Policy') ?? ''
  expect(policy(well)).toBe("default-src 'none'; frame-ancestors 'none'")
  expect(policy(index)).toContain("default-src 'none'; script-src 'self';")
  expect(policy(index)).not.toContain('connect-src')
  expect(policy(docs)).toContain("script-src 'self';")
})

test('a page of an allowed origin can read every response and the headers that a client needs', async () => {
  for (const origin of [PAGE, 'http://localhost:5173']) {
    for (const [name, { headers, status }] of Object.entries(await responses({ Origin: origin }))) {
      // An unconfigured service has no allowed origins, and an OPTIONS request without preflight headers is not a preflight.
      if (status === 503 || name === 'options') continue
      expect([name, headers.get('Access-Control-Allow-Origin')]).toEqual([name, origin])
      expect([name, headers.get('Vary')]).toEqual([name, expect.stringContaining('Origin')])
      if (status !== 204) {
        const exposed = headers.get('Access-Control-Expose-Headers')?.split(',')
        expect(exposed).toEqual(
          expect.arrayContaining([
            'Allow',
            'Content-Disposition',
            'ETag',
            'Idempotent-Replayed',
            'Link',
            'Location',
            'Retry-After',
            'WWW-Authenticate',
            'X-Request-Id',
          ]),
        )
      }
    }
  }
})

test.each([
  ['null', 'null'],
  ['another origin', 'https://evil.example'],
  ['a suffix of it', 'https://app.example.com.evil.example'],
  ['a prefix of it', 'https://app.example.co'],
  ['a subdomain of it', 'https://x.app.example.com'],
  ['another port', 'https://app.example.com:8443'],
  ['its port written out', 'https://app.example.com:443'],
  ['another scheme', 'http://app.example.com'],
  ['capitals', 'https://App.Example.com'],
  ['two at once', `${PAGE}, http://localhost:5173`],
  ['one and a slash', `${PAGE}/`],
  ['the service itself', 'http://localhost'],
  ['none', ''],
])('a response to %s has no CORS header', async (_name, origin) => {
  for (const [name, { headers, status }] of Object.entries(await responses({ Origin: origin }))) {
    const shared = [...headers.keys()].filter((header) => header.startsWith('access-control-'))
    // The document is public.
    expect([name, shared]).toEqual([name, name === 'document' ? ['access-control-allow-origin'] : []])
    if (status !== 503) expect([name, headers.get('Vary')]).toEqual([name, expect.stringContaining('Origin')])
  }
})

test('a page of any origin can read the document, without credentials', async () => {
  const { headers } = await call('GET', '/openapi.json', { headers: { Origin: 'https://editor.example' } })
  expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
  expect(headers.has('Access-Control-Allow-Credentials')).toBe(false)
  const own = await call('GET', '/openapi.json', { headers: { Origin: PAGE }, env: listed })
  expect(own.headers.get('Access-Control-Allow-Origin')).toBe(PAGE)
})

test('the log has a refused origin', async () => {
  const lines: string[] = []
  vi.spyOn(console, 'info').mockImplementation((line) => void lines.push(String(line)))
  const preflight = { Origin: 'http://localhost:4000', 'Access-Control-Request-Method': 'POST' }
  await call('OPTIONS', '/posts', { headers: preflight })
  // The browser sends no preflight for these.
  await call('GET', '/posts', { headers: { Origin: 'http://localhost:4001' } })
  await call('POST', '/users/refresh', { headers: { Origin: 'http://localhost:4002' } })
  // A page of the service itself, and a page of an allowed origin.
  await call('GET', '/posts', { headers: { Origin: 'http://postern.test' } })
  await call('GET', '/posts', { headers: { Origin: PAGE }, env: listed })
  vi.restoreAllMocks()
  const refused = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'origin-refused')
  expect(refused.map(({ origin }) => origin)).toEqual([4000, 4001, 4002].map((port) => `http://localhost:${port}`))
})

test('a preflight allows every method and the requested headers, and can be cached', async () => {
  const { preflight } = await responses({ Origin: PAGE })
  const wanted = Object.values(document.paths).flatMap((methods) =>
    Object.keys(methods).map((name) => name.toUpperCase()),
  )
  const allowed = preflight.headers.get('Access-Control-Allow-Methods')?.split(',') ?? []
  expect([...new Set(wanted)].filter((method) => !allowed.includes(method))).toEqual([])
  // It allows the requested headers, because tracing libraries add their own.
  const asked = 'authorization,content-type,if-match,idempotency-key,traceparent,sentry-trace,baggage'
  const traced = await call('OPTIONS', '/posts', {
    headers: { Origin: PAGE, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': asked },
    env: listed,
  })
  expect(traced.headers.get('Access-Control-Allow-Headers')?.split(',')).toEqual(asked.split(','))
  expect(Number(preflight.headers.get('Access-Control-Max-Age'))).toBeGreaterThan(600)
})

test('no response of the API is stored in a shared cache: a hidden item would stay there', async () => {
  const { file: _, ...others } = await responses()
  for (const [name, { headers }] of Object.entries(others)) {
    expect([name, headers.get('Cache-Control') ?? '']).toEqual([name, expect.not.stringMatching(/s-maxage|public/)])
    expect([name, headers.has('CDN-Cache-Control')]).toEqual([name, false])
  }
})
