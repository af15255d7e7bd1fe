/** The client that apps use: every route of the service, typed, and a session that keeps itself alive. */
import createFetchClient, { type Client } from 'openapi-fetch'
import type { components, paths } from './schema.ts'
import { sendFor, type Send } from './send.ts'
import { keepSession, type Grant, type Me } from './session.ts'
import { storeIn, storeInMemory, type TokenStorage } from './storage.ts'
import { onlyTab, openTabs } from './tabs.ts'

export type { components, Me, paths, TokenStorage }

export type Problem = components['schemas']['Problem']

export type ClientOptions = {
  /** Where the service is: `https://api.example.com`. */
  baseUrl: string
  /** What requests are sent with; the platform's own `fetch` where it is left out. */
  fetch?: Send
} & (
  | {
      /** The refresh token is in a cookie that no script can read: for browsers. */
      session: 'cookie'
    }
  | {
      /** The client keeps the refresh token: for whatever has no cookies. */
      session: 'token'
      /** Where it keeps it, such as `localStorage`; in memory where it is left out. */
      storage?: TokenStorage
    }
)

export type Registration = Omit<components['schemas']['Registration'], 'session'>
export type Credentials = Omit<components['schemas']['Credentials'], 'session'>

/** As the requests of `openapi-fetch` answer: what was asked for, or the problem. */
type Answer<Data> =
  | { data: Data; error?: never; response: Response }
  | { data?: never; error: Problem; response: Response }

export type SignedIn = Answer<Me>

export type PosternClient = Client<paths> & {
  /** Who is signed in; the same object until something about it changes. */
  readonly user: Me | null
  /** Calls the listener whenever `user` changes, in whichever tab. Returns what ends that. */
  subscribe(listener: (user: Me | null) => void): () => void
  /** Who is signed in after a reload, by the cookie or the stored token. Throws where the service does not tell. */
  restore(): Promise<Me | null>
  register(registration: Registration): Promise<SignedIn>
  signIn(credentials: Credentials): Promise<SignedIn>
  /** Signs out here in any case. Throws where the session may live on, because the service was not reached. */
  signOut(): Promise<void>
}

const ENDS_SESSION = new Set(['/users/logout', '/users/me/delete'])

export function createClient(options: ClientOptions): PosternClient {
  const { baseUrl, fetch = (request) => globalThis.fetch(request) } = options
  const mode = options.session === 'cookie' ? { session: options.session } : {}
  // For what sets, sends or takes back the cookie, and nothing else. Not every platform knows `credentials`.
  const withCookie = options.session === 'cookie' ? { credentials: 'include' as const } : {}

  const plain = createFetchClient<paths>({ baseUrl, fetch, ...withCookie })
  const session = openSession(plain, options)
  const api = createFetchClient<paths>({ baseUrl, fetch: sendFor(session, fetch) })

  api.use({
    onRequest: ({ schemaPath, request }) => (ENDS_SESSION.has(schemaPath) ? new Request(request, withCookie) : request),
    async onResponse({ schemaPath, response }) {
      if (!response.ok) return
      if (schemaPath === '/users/me') session.update(await response.clone().json())
      if (ENDS_SESSION.has(schemaPath)) session.end()
    },
  })

  async function begin(asked: Promise<Answer<Grant>>): Promise<SignedIn> {
    const askedAt = Date.now()
    const { data, error, response } = await asked
    if (!data) return { error, response }
    session.begin(data, askedAt)
    return { data: data.user, response }
  }

  return {
    ...api,
    get user() {
      return session.user
    },
    subscribe: session.subscribe,
    restore: session.restore,

    register: (registration) => begin(plain.POST('/users/register', { body: { ...registration, ...mode } })),
    signIn: (credentials) => begin(plain.POST('/users/login', { body: { ...credentials, ...mode } })),
    async signOut() {
      try {
        const { error, response } = await api.POST('/users/logout')
        // Where nobody is signed in by now, the session was over before.
        if (!response.ok && session.user) throw new Error('The service did not end the session.', { cause: error })
      } finally {
        session.end()
      }
    },
  }
}

/** Tabs share a session where they share what its refresh token is kept in. */
function openSession(plain: Client<paths>, options: ClientOptions) {
  const name = `postern ${options.session} ${options.baseUrl}`
  if (options.session === 'cookie') return keepSession(plain, undefined, openTabs(name))
  if (!options.storage) return keepSession(plain, storeInMemory(), onlyTab)
  return keepSession(plain, storeIn(options.storage, name), openTabs(name))
}
