/** Finds routes with Hono's `RegExpRouter`, which is much faster than the default router for paths with parameters. */
import type { Result, Router } from 'hono/router'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'

/**
 * `RegExpRouter` does not support a parameter and a name at the same position (`/users/:username`, `/users/login`). Hono's
 * `TrieRouter` has all routes and is used only if the first router finds no handler. The name must be added before the
 * parameter, because it has precedence.
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
    // Handlers are in the order of their addition. If no route matches, only middleware is found.
    const last = found[0].at(-1)?.[0]
    return last !== undefined && !this.#middleware.has(last) ? found : complete.match(method, path)
  }

  #build() {
    const names = new Set(this.#routes.flatMap(([, path]) => prefixesOf(path)))
    // If `RegExpRouter` refuses another route, `SmartRouter` uses the second router.
    const fast = new SmartRouter<T>({ routers: [new RegExpRouter(), new TrieRouter()] })
    const complete = new TrieRouter<T>()
    for (const [method, path, handler] of this.#routes) {
      complete.add(method, path, handler)
      if (!isBesideName(path, names)) fast.add(method, path, handler)
    }
    return { fast, complete }
  }
}

/** The prefix of each segment that is a name: `/users/` for `/users/login`. */
const prefixesOf = (path: string) => segmentsOf(path).flatMap(({ prefix, name }) => (isName(name) ? prefix : []))

const isBesideName = (path: string, prefixes: ReadonlySet<string>) =>
  segmentsOf(path).some(({ prefix, name }) => name.startsWith(':') && prefixes.has(prefix))

const isName = (segment: string) => segment !== '' && segment !== '*' && !segment.startsWith(':')

function segmentsOf(path: string) {
  const names = path.split('/').slice(1)
  return names.map((name, index) => ({ name, prefix: `/${names.slice(0, index).join('/')}/` }))
}
