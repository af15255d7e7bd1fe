/** A simulated browser: cookies, an origin, a storage, and a network to the real service that can fail. */
import { expect, vi } from 'vitest'
import {
  createClient,
  type ClientOptions,
  type PosternClient,
  type TokenStorage,
} from '../../../packages/client/src/client.ts'

/** A network fault: it can drop the request or its response. */
export type Fault = (go: () => Promise<Response>, request: Request) => Promise<Response>

export const REFRESH = 'POST /users/refresh'
export const password = 'a passphrase nobody uses'

let count = 0

/** The real network, even if a test replaces `fetch`. */
const { fetch } = globalThis

export function newAccount() {
  const username = `user${++count}`
  return { username, email: `${username}@example.com`, password }
}

/** Each browser has its own host name for the service, so that browsers share no session. */
export function openBrowser(service: string, origin = 'http://localhost:5173') {
  const baseUrl = `http://browser-${++count}.test:${new URL(service).port}`
  const localStorage = openStorage()
  const sent: string[] = []
  const keys: (string | null)[] = []
  const cookies = new Map<string, string>()
  const withCookies = new Set<string>()
  const faults = new Map<string, Fault>()
  const granted = new Set<string>()
  const expired = new Set<string>()

  async function send(request: Request): Promise<Response> {
    const name = `${request.method} ${new URL(request.url).pathname}`
    sent.push(name)
    keys.push(request.headers.get('Idempotency-Key'))
    const go = () => deliver(request, name)
    const fault = faults.get(name)
    return fault ? fault(go, request) : go()
  }

  async function deliver(request: Request, name: string): Promise<Response> {
    const outgoing = new Request(request.url.replace(baseUrl, service), request)
    outgoing.headers.set('Origin', origin)
    const [, token] = /^Bearer (.*)/.exec(request.headers.get('Authorization') ?? '') ?? []
    if (token && expired.has(token)) outgoing.headers.set('Authorization', `Bearer ${token.slice(0, -5)}00000`)
    if (request.credentials === 'include') {
      withCookies.add(name)
      outgoing.headers.set('Cookie', Array.from(cookies, ([key, value]) => `${key}=${value}`).join('; '))
    }
    const response = await fetch(outgoing)
    if (request.credentials === 'include') keepCookies(response)
    if (/register|login|refresh/.test(name) && response.ok) {
      const { access_token } = (await response.clone().json()) as { access_token: string }
      granted.add(access_token)
    }
    return response
  }

  function keepCookies(response: Response) {
    for (const line of response.headers.getSetCookie()) {
      const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/; *max-age=0(;|$)/i.test(line)) cookies.delete(key)
      else cookies.set(key, value)
    }
  }

  return {
    baseUrl,
    /** The sent requests in order: `GET /posts`. */
    sent,
    /** The `Idempotency-Key` of each request. */
    keys,
    cookies,
    localStorage,
    /** The requests with `credentials: 'include'`. */
    withCookies,
    fetch: send,
    /** How often a request was sent. */
    times: (name: string) => sent.filter((other) => other === name).length,
    /** Makes the service refuse all access tokens issued so far. */
    expireTokens: () => {
      for (const token of granted) expired.add(token)
    },
    /** Sets a fault for a request such as `POST /users/refresh`. Without a fault, removes it. */
    intercept: (name: string, fault?: Fault) => {
      if (fault) faults.set(name, fault)
      else faults.delete(name)
    },
    openTab: (storage?: TokenStorage, options?: Partial<ClientOptions>): PosternClient =>
      createClient({ baseUrl, session: 'token', fetch: send, ...(storage && { storage }), ...options }),
    openCookieTab: (options?: Partial<ClientOptions>): PosternClient =>
      createClient({ baseUrl, session: 'cookie', fetch: send, storage: localStorage, ...options }),
  }
}

export type Browser = ReturnType<typeof openBrowser>

/** A storage like `localStorage`, which clients can share. */
export function openStorage() {
  const items = new Map<string, string>()
  return {
    items,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  }
}

export const offline: Fault = () => Promise.reject(new TypeError('fetch failed'))

/** The request arrives, and its response is lost. */
export const loseResponse: Fault = async (go) => {
  await go()
  throw new TypeError('fetch failed')
}

/** A browser with one tab that is signed in to a new account. */
export async function signIn(service: string) {
  const browser = openBrowser(service)
  const storage = openStorage()
  const tab = browser.openTab(storage)
  const account = newAccount()
  const { data, error } = await tab.register(account)
  expect(error).toBeUndefined()
  expect(data).toHaveProperty('username', account.username)
  return { browser, storage, tab, account }
}

/** The user that `restore` returns. Throws its error. */
export async function restored(tab: PosternClient) {
  const { data, error } = await tab.restore()
  if (error) throw error
  return data
}

export const times = <T>(n: number, make: (at: number) => T) => Array.from({ length: n }, (_, at) => make(at))

/** Waits until a broadcast of one tab has arrived in the other. */
export const untilSynced = (tab: PosternClient, from: PosternClient) =>
  vi.waitFor(() => expect(tab.user).toEqual(from.user), { timeout: 30_000 })

/** The status of a response. Undefined without a response. */
export const statusOf = ({ response }: { response?: Response | undefined }) => response?.status
