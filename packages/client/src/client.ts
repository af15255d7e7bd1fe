/** The client that apps use: every route of the service, typed, and a session that keeps itself alive. */
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
  /** Where the service is: `https://api.example.com`, or a path of the page's own origin. */
  baseUrl: string
  /**
   * `cookie`: the refresh token is in a cookie that no script can read, for browsers. `token`: the client keeps it, for
   * whatever has no cookies.
   */
  session: 'cookie' | 'token'
  /**
   * Where the session outlives the page. In token mode it has the refresh token. Default: in memory. In cookie mode it has
   * a mark that somebody is signed in, and no secret. Default: `localStorage`. A function is called where access may throw.
   */
  storage?: TokenStorage | (() => TokenStorage)
  /** Told once if the storage fails. The session is in memory from then on. */
  onStorageError?: (error: unknown) => void
  /** What requests are sent with. Default: the platform's own `fetch`. */
  fetch?: Fetch
  /** Milliseconds until a request is given up. Default: 30,000. */
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
  /** The items of a list, page after page. Throws `PosternError` where a page cannot be read. */
  pages<P extends ListPath>(path: P, options?: { query?: QueryOf<P>; signal?: AbortSignal }): AsyncGenerator<ItemOf<P>>
  /** Changes an item in the version that was read. The error is `version-conflict` where it has changed since. */
  edit<P extends EditPath>(
    path: P,
    id: number,
    change: Body<P, 'patch'> & { version: number },
  ): Promise<Result<Data<Operation<P, 'patch'>>>>
  /** Who is signed in; the same object until something about it changes. */
  readonly user: Me | null
  /** Calls the listener whenever `user` changes, in whichever tab. Returns what ends that. */
  subscribe: (listener: (user: Me | null) => void) => () => void
  /**
   * Who is signed in after a reload, by the cookie or the stored token; null for nobody. An error says that the service
   * could not be asked. `force` asks in cookie mode also where nothing says that somebody was signed in.
   */
  restore(options?: { force?: boolean }): Promise<Outcome<Me | null>>
  /** Signs in too. Null where the service sends a mail first, whose link creates the account. */
  register(registration: Registration): Promise<Result<Me | null>>
  signIn(credentials: Credentials): Promise<Result<Me>>
  /** Signs out here in any case. An error says that the session may live on, because the service was not reached. */
  signOut(): Promise<Outcome<null>>
}

/** After these there is no session any more, and no cookie. */
const ENDS_SESSION = new Set(['/users/logout', '/users/me/delete'])

const TIMEOUT = 30_000

/** Milliseconds for each of the two tries of a refresh, for which every other request waits. */
const REFRESH_TIMEOUT = 10_000

export function createClient(options: ClientOptions): PosternClient {
  const { fetch = (outgoing) => globalThis.fetch(outgoing), timeout = TIMEOUT, session: mode } = options
  // Throws for what is no URL, and knows the page that a path belongs to.
  const baseUrl = new URL(options.baseUrl, pageUrl()).href.replace(/\/$/, '')
  const session = connectSession()

  function connectSession() {
    const name = `postern ${mode} ${baseUrl}`
    const store = openStore(storageOf(options), name, (error) => notify(options.onStorageError ?? (() => {}), error))
    // Tabs share a session where they share what its refresh token is kept in.
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

  /** Sends a call for whoever is signed in: twice at most, and the second time only as the same user. */
  async function sendAuthorized(call: Prepared): Promise<Exchanged> {
    // A token that the caller put there is the caller's affair.
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
    if (ENDS_SESSION.has(path)) session.end()
    return exchanged
  }

  async function begin(path: '/users/register' | '/users/login', given: Registration | Credentials) {
    const body = mode === 'cookie' ? { ...given, session: mode } : given
    const askedAt = Date.now()
    const exchanged = await send(prepareFor('post', path, { body }, true))
    // Only a registration that waits for a mail has no body.
    if (exchanged.data === null) return { data: null, response: exchanged.response }
    const tokens = tokensOf(exchanged)
    session.begin(tokens, askedAt)
    return { data: tokens.user, response: exchanged.response }
  }

  async function signOut(): Promise<{ data: null }> {
    try {
      if (!session.user) await session.restore(false)
      if (session.user) await request('post', '/users/logout', {})
    } catch (error) {
      // Where nobody is signed in by now, the session was over before.
      if (session.user || !(error instanceof PosternError && error.code === 'invalid-token')) throw error
    } finally {
      session.end()
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
    register: (registration: Registration) => settle(begin('/users/register', registration)),
    signIn: (credentials: Credentials) => settle(begin('/users/login', credentials)),
    signOut: () => settle(signOut()),
  })
}

/**
 * The one cast of the client. Its types are those of the document, which the service holds in its own tests; what a call
 * does is the same for every path.
 */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
const typed = (client: object): PosternClient => client as PosternClient

/** The URL of the page; undefined where there is none. */
function pageUrl(): string | undefined {
  const location: unknown = Reflect.get(globalThis, 'location')
  return isObject(location) ? String(location.href) : undefined
}

/** An error of the service or of the way to it becomes a result; a mistake of the program is thrown. */
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
