/** The router finds the same handlers as Hono's `TrieRouter`, for every route and for unknown paths. */
import { TrieRouter } from 'hono/router/trie-router'
import { expect, test } from 'vitest'
import { PathRouter } from '../../src/http/path-router.ts'
import { app } from '../support/service.ts'

const routes = app.routes.map(({ method, path }, index) => ({ method, path, id: `${index} ${method} ${path}` }))
const [router, trie] = [new PathRouter<string>(), new TrieRouter<string>()]
for (const { method, path, id } of routes) {
  router.add(method, path, id)
  trie.add(method, path, id)
}
const ALL = new Set(routes.filter(({ method }) => method === 'ALL').map(({ id }) => id))

/** The middleware, the handler that responds, and the parameters that it reads. */
function find(of: PathRouter<string> | TrieRouter<string>, method: string, path: string) {
  const [handlers, stash] = of.match(method, path)
  const first = handlers.findIndex(([id]) => !ALL.has(id))
  const params = handlers[first]?.[1] ?? {}
  const values = Object.entries(params).map(([name, value]) => [name, stash ? stash[Number(value)] : value])
  return {
    ids: handlers.slice(0, first < 0 ? undefined : first + 1).map(([id]) => id),
    params: Object.fromEntries(values),
  }
}

const values = ['1', 'x', 'me', 'login', 'sessions', 'publish', '%2F', 'ü', '-', 'a.b']
const paths = [
  ...routes.flatMap(({ path }) => values.map((value) => path.replaceAll(/:\w+/g, value))),
  '',
  '/',
  '//',
  '/posts/',
  '/posts//',
  '/posts/1/',
  '/users/a/b',
  '/users//me',
  '/nowhere',
  '/docs/guides/a/b',
]

test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s finds the same routes', (method) => {
  for (const path of paths) expect([path, find(router, method, path)]).toEqual([path, find(trie, method, path)])
})

test('a name has precedence over a parameter at the same position, for its own methods', () => {
  const handlerOf = (method: string, path: string) => find(router, method, path).ids.at(-1)
  expect(handlerOf('GET', '/users/me')).toMatch(/ GET \/users\/me$/)
  expect(handlerOf('GET', '/users/somebody')).toMatch(/ GET \/users\/:username$/)
  expect(handlerOf('POST', '/users/login')).toMatch(/ POST \/users\/login$/)
})

test('no route can be added after the first match', () => {
  const late = new PathRouter<string>()
  late.add('GET', '/a', 'a')
  expect(late.match('GET', '/a')[0].map(([handler]) => handler)).toEqual(['a'])
  expect(() => late.add('GET', '/b', 'b')).toThrow('before the first request')
})

test('finds a route that the fast router does not support', () => {
  const mixed = new PathRouter<string>()
  for (const path of ['/:a/x', '/:b/y', '/z/:c', '/z/w']) mixed.add('GET', path, path)
  const found = (path: string) => mixed.match('GET', path)[0].map(([handler]) => handler)
  expect(['/1/x', '/1/y', '/z/w', '/z/1'].map((path) => found(path)[0])).toEqual(['/:a/x', '/:b/y', '/z/w', '/z/:c'])
})
