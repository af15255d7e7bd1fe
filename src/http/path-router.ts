/** How requests find their route: by Hono's `RegExpRouter`, which is much faster than the default for a path with parameters. */
import type { Result, Router } from 'hono/router'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'

/**
 * `RegExpRouter` refuses a parameter beside a name in the same place (`/users/:username`, `/users/login`). Such routes are
 * left to Hono's `TrieRouter`, which has all routes, and is asked only if the first finds no handler. The name has to be
 * added before the parameter: it has precedence.
 */
export class PathRouter<T> implements Router<T> {
  name = 'PathRouter'
  readonly #routes: [method: string, path: string, handler: T][] = []
  readonly #middleware = new Set<T>()
  #routers: { fast: Router<T>; complete: Router<T> } | undefined

  add(method: string, path: string, handler: T): void {
    if (this.#routers) throw new Error('Routes have to be added before the first request.')
    this.#routes.push([method, path, handler])
    if (method === 'ALL') this.#middleware.add(handler)
  }

  match(method: string, path: string): Result<T> {
    const { fast, complete } = (this.#routers ??= this.#build())
    const found = fast.match(method, path)
    // Handlers are in the order in which they were added; without a route only middleware is found.
    const last = found[0].at(-1)?.[0]
    return last !== undefined && !this.#middleware.has(last) ? found : complete.match(method, path)
  }

  #build() {
    const names = new Set(this.#routes.flatMap(([, path]) => prefixesOf(path)))
    // If there is another route that `RegExpRouter` refuses, `SmartRouter` takes the second.
    const fast = new SmartRouter<T>({ routers: [new RegExpRouter(), new TrieRouter()] })
    const complete = new TrieRouter<T>()
    for (const [method, path, handler] of this.#routes) {
      complete.add(method, path, handler)
      if (!isBesideName(path, names)) fast.add(method, path, handler)
    }
    return { fast, complete }
  }
}

/** What stands before each segment that is a name: `/users/` for `/users/login`. */
const prefixesOf = (path: string) => segmentsOf(path).flatMap(({ prefix, name }) => (isName(name) ? prefix : []))

const isBesideName = (path: string, prefixes: ReadonlySet<string>) =>
  segmentsOf(path).some(({ prefix, name }) => name.startsWith(':') && prefixes.has(prefix))

const isName = (segment: string) => segment !== '' && segment !== '*' && !segment.startsWith(':')

function segmentsOf(path: string) {
  const names = path.split('/').slice(1)
  return names.map((name, index) => ({ name, prefix: `/${names.slice(0, index).join('/')}/` }))
}
