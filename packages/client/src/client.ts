/** The client for apps: typed routes of the service, and a session that refreshes itself. */
import { PosternError } from './error.ts'
import { exchange, untilAborted, withRetries, type Exchanged, type Fetch } from './exchange.ts'
import { notify } from './notify.ts'
import { prepare, type Init, type Prepared } from './request.ts'
import { isObject } from './response.ts'
import type { components } from './schema.ts'
import { isTokens, openSession, type Me, type SessionMessage, type Tokens } from './session.ts'
import { openStore, type TokenStorage } from './storage.ts'
import { onlyTab, openTabs } from './tabs.ts'
import type {
  Body,
  Call,
  Data,
  EditPath,
  ItemOf,
  ListPath,
  Method,
  Operation,
  Outcome,
  QueryOf,
  Result,
} from './types.ts'

export { fieldErrors, isProblem, PosternError } from './error.ts'
export type { ErrorCode, FailureCode, Problem, ProblemCode, ProblemError } from './error.ts'
export type { components, paths } from './schema.ts'
export type { ItemOf, ListPath, Outcome, Result } from './types.ts'
export type { Me, TokenStorage }

export type ClientOptions = {
  /** The base URL of the service: `https://api.example.com`, or a path on the origin of the page. */
  baseUrl: string
  /**
   * `cookie`: the refresh token is in a cookie that no script can read, for browsers. `token`: the client stores it, for
   * platforms without cookies.
   */
  session: 'cookie' | 'token'
  /**
   * The storage of the session. In token mode it has the refresh token; default: in memory. In cookie mode it has a mark
   * that a session exists, and no secret; default: `localStorage`. Pass a function if accessing the storage can throw.
   */
  storage?: TokenStorage | (() => TokenStorage)
  /** Called once if the storage fails. The session is then kept in memory. */
  onStorageError?: (error: unknown) => void
  /** The function that sends requests. Default: the `fetch` of the platform. */
  fetch?: Fetch
  /** The timeout of a request in milliseconds. Default: 30,000. */
  timeout?: number
}

export type Registration = Omit<components['schemas']['Registration'], 'session'>
export type Credentials = Omit<components['schemas']['Credentials'], 'session'>

export type PosternClient = {
  GET: Call<'get'>
  POST: Call<'post'>
  PUT: Call<'put'>
  PATCH: Call<'patch'>
  DELETE: Call<'delete'>
  /** Yields the items of all pages of a list. Throws `PosternError` if a page cannot be read. */
  pages<P extends ListPath>(path: P, options?: { query?: QueryOf<P>; signal?: AbortSignal }): AsyncGenerator<ItemOf<P>>
  /** Changes an item if it still has the given version. Otherwise the error is `version-conflict`. */
  edit<P extends EditPath>(
    path: P,
    id: number,
    change: Body<P, 'patch'> & { version: number },
  ): Promise<Result<Data<Operation<P, 'patch'>>>>
  /** The signed-in user, or null. It is the same object until the user changes. */
  readonly user: Me | null
  /** Calls the listener when `user` changes, in any tab. Returns a function that unsubscribes. */
  subscribe: (listener: (user: Me | null) => void) => () => void
  /**
   * Restores the session after a reload, with the cookie or the stored token. `data` is the user, or null without a
   * session. An error means that the service was not reached. `force` sends a request in cookie mode even without a mark.
   */
  restore(options?: { force?: boolean }): Promise<Outcome<Me | null>>
  /** Creates an account and signs in. `data` is null if the service sends a mail whose link creates the account. */
  register(registration: Registration): Promise<Result<Me | null>>
  signIn(credentials: Credentials): Promise<Result<Me>>
  /** Signs out in this browser in any case. An error means that the session may still be active at the service. */
  signOut(): Promise<Outcome<null>>
}

/** Operations that end the session and clear the cookie. */
const ENDS_SESSION = new Set(['/users/logout', '/users/me/delete'])

const TIMEOUT = 30_000

/** The timeout of each attempt of a refresh, for which all other requests wait, in milliseconds. */
const REFRESH_TIMEOUT = 10_000

export function createClient(options: ClientOptions): PosternClient {
  const { fetch = (outgoing) => globalThis.fetch(outgoing), timeout = TIMEOUT, session: mode } = options
  // Throws for an invalid URL, and resolves a path against the page.
  const baseUrl = new URL(options.baseUrl, pageUrl()).href.replace(/\/$/, '')
  const session = connectSession()

  function connectSession() {
    const name = `postern ${mode} ${baseUrl}`
    const store = openStore(storageOf(options), name, (error) => notify(options.onStorageError ?? (() => {}), error))
    // Tabs share a session if they share the cookie or the storage of its refresh token.
    const tabs = mode === 'token' && !options.storage ? onlyTab : openTabs<SessionMessage>(name)
    return openSession(mode, store, tabs, async (token, refreshKey) => {
      const body = token === undefined ? {} : { body: { refresh_token: token } }
      const init = { ...body, headers: { 'Idempotency-Key': refreshKey }, timeout: REFRESH_TIMEOUT }
      return tokensOf(await send(prepareFor('post', '/users/refresh', init, true)))
    })
  }

  const prepareFor = (method: Method, path: string, init: Init, takesCookies: boolean) =>
    prepare(baseUrl, method, path, init, { timeout, withCookies: mode === 'cookie' && takesCookies })

  const send = (call: Prepared, token?: string) => withRetries(call, () => exchange(fetch, call, token))

  /** Sends a call for the signed-in user: at most twice, and the second time only as the same user. */
  async function sendAuthorized(call: Prepared): Promise<Exchanged> {
    // A call with a token of the caller is sent unchanged.
    if (call.headers.has('Authorization')) return send(call)
    const access = await untilAborted(call.signal, session.current())
    if (access.token === undefined) return send(call)
    try {
      return await send(call, access.token)
    } catch (error) {
      if (!(error instanceof PosternError && error.code === 'invalid-token')) throw error
      const next = await untilAborted(call.signal, session.renew(access))
      if (!next) throw error
      return send(call, next.token)
    }
  }

  async function request(method: Method, path: string, init: Init): Promise<Exchanged> {
    const exchanged = await sendAuthorized(prepareFor(method, path, init, ENDS_SESSION.has(path)))
    if (path === '/users/me') session.update(exchanged.data)
    if (ENDS_SESSION.has(path)) session.clear()
    return exchanged
  }

  async function authenticate(path: '/users/register' | '/users/login', given: Registration | Credentials) {
    const body = mode === 'cookie' ? { ...given, session: mode } : given
    const askedAt = Date.now()
    const exchanged = await send(prepareFor('post', path, { body }, true))
    // Only a registration that requires a mail has no body.
    if (exchanged.data === null) return { data: null, response: exchanged.response }
    const tokens = tokensOf(exchanged)
    session.start(tokens, askedAt)
    return { data: tokens.user, response: exchanged.response }
  }

  async function signOut(): Promise<{ data: null }> {
    try {
      if (!session.user) await session.restore(false)
      if (session.user) await request('post', '/users/logout', {})
    } catch (error) {
      // If nobody is signed in, the session had already ended.
      if (session.user || !(error instanceof PosternError && error.code === 'invalid-token')) throw error
    } finally {
      session.clear()
    }
    return { data: null }
  }

  const call = (method: Method) => (path: string, init?: Init) => settle(request(method, path, init ?? {}))

  async function* pages(path: string, { query, signal }: { query?: object; signal?: AbortSignal } = {}) {
    let cursor: string | null | undefined
    while (cursor !== null) {
      const { data, response } = await request('get', path, {
        params: { query: { ...query, ...(cursor !== undefined && { cursor }) } },
        ...(signal && { signal }),
      })
      if (!isPage(data)) throw new PosternError('bad-response', response)
      yield* data.items
      cursor = data.next_cursor
    }
  }

  return typed({
    GET: call('get'),
    POST: call('post'),
    PUT: call('put'),
    PATCH: call('patch'),
    DELETE: call('delete'),
    pages,
    edit: (path: string, id: number, { version, ...body }: { version: number }) =>
      settle(request('patch', path, { params: { path: { id } }, body, headers: { 'If-Match': `"${version}"` } })),
    get user() {
      return session.user
    },
    subscribe: session.subscribe,
    restore: ({ force = false } = {}) => settle(session.restore(force).then((data) => ({ data }))),
    register: (registration: Registration) => settle(authenticate('/users/register', registration)),
    signIn: (credentials: Credentials) => settle(authenticate('/users/login', credentials)),
    signOut: () => settle(signOut()),
  })
}

/**
 * The only cast of the client. The types are generated from the OpenAPI document, which the tests of the service verify. A
 * call works the same for every path.
 */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
const typed = (client: object): PosternClient => client as PosternClient

/** The URL of the page. Undefined outside of a page. */
function pageUrl(): string | undefined {
  const location: unknown = Reflect.get(globalThis, 'location')
  return isObject(location) ? String(location.href) : undefined
}

/** Turns a `PosternError` into a result. Throws every other error. */
async function settle<T extends object>(
  work: Promise<T>,
): Promise<T | { error: PosternError; response: Response | undefined }> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof PosternError)) throw error
    return { error, response: error.response }
  }
}

function tokensOf({ data, response }: Exchanged): Tokens {
  if (!isTokens(data)) throw new PosternError('bad-response', response)
  return data
}

const isPage = (data: unknown): data is { items: unknown[]; next_cursor: string | null } =>
  isObject(data) && Array.isArray(data.items) && (data.next_cursor === null || typeof data.next_cursor === 'string')

function storageOf({ session, storage }: ClientOptions): (() => TokenStorage | undefined) | undefined {
  if (typeof storage === 'function') return storage
  if (storage) return () => storage
  return session === 'cookie' ? () => globalThis.localStorage : undefined
}
