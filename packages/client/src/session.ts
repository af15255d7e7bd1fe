/** The session of a tab: the user, the access token in memory, and the refresh. */
import { PosternError } from './error.ts'
import { notify } from './notify.ts'
import { newKey } from './request.ts'
import { isObject } from './response.ts'
import type { components } from './schema.ts'
import { holds, type SessionStore } from './storage.ts'
import type { Tabs } from './tabs.ts'

export type Me = components['schemas']['Me']

/** The response to a sign-in or a refresh. In cookie mode it has no refresh token. */
export type Tokens = { access_token: string; expires_in: number; refresh_token?: string | undefined; user: Me }

/** The user, the access token and its expiry by the local clock in milliseconds. Null values without a session. */
export type Access = { token?: string; userId?: number; expiresAt: number }

/** The broadcast of a tab after a sign-in, a refresh or a sign-out (null). */
export type SessionMessage = { access: Access; user: Me; refreshKey: string } | null

type Listener = (user: Me | null) => void

/** Sends a refresh. Without a token, the cookie is used. Throws `PosternError`. */
export type Exchange = (token: string | undefined, refreshKey: string) => Promise<Tokens>

export type Session = ReturnType<typeof openSession>

/** The codes that mean that the session has ended. After any other error it may be active. */
const REFUSALS = new Set<string>(['invalid-refresh-token', 'invalid-input'])

const noSession = (): Access => ({ expiresAt: Infinity })

export function openSession(
  mode: 'cookie' | 'token',
  store: SessionStore,
  tabs: Tabs<SessionMessage>,
  exchange: Exchange,
) {
  /** Replaced by each change, so that a late refresh can detect the change. */
  let access = noSession()
  let user: Me | null = null
  let refreshing: Promise<void> | undefined
  const listeners = new Set<Listener>()

  tabs.onMessage((message) => {
    if (isSessionMessage(message)) void follow(message)
  })

  async function follow(message: SessionMessage) {
    // In cookie mode all tabs share the cookie. In token mode, tabs with another storage have another session.
    if (mode === 'token' && !(store.isShared && (await holds(store, message?.refreshKey ?? null)))) return
    if (!store.isShared) store.write(message && { token: '', refreshKey: message.refreshKey })
    access = message?.access ?? noSession()
    setUser(message?.user ?? null)
  }

  function broadcast(message: SessionMessage) {
    if (mode === 'cookie' || store.isShared) tabs.broadcast(message)
  }

  function setUser(next: Me | null) {
    if (JSON.stringify(next) === JSON.stringify(user)) return
    user = next
    for (const listener of listeners) notify(listener, user)
  }

  /** `askedAt` is the time of the request in milliseconds. The expiry of the access token is counted from it. */
  function start(tokens: Tokens, askedAt: number) {
    const refreshKey = newKey()
    store.write({ token: tokens.refresh_token ?? '', refreshKey })
    access = { token: tokens.access_token, userId: tokens.user.id, expiresAt: askedAt + tokens.expires_in * 1000 }
    broadcast({ access, user: tokens.user, refreshKey })
    setUser(tokens.user)
  }

  function clear() {
    store.write(null)
    access = noSession()
    if (user) broadcast(null)
    setUser(null)
  }

  /** Makes one refresh for all concurrent callers. Throws `PosternError` if it is unknown whether the session is active. */
  function refresh(isForced = false): Promise<void> {
    const stale = access
    refreshing ??= tabs
      .withLock(() => rotate(stale, isForced))
      .finally(() => {
        refreshing = undefined
      })
    return refreshing
  }

  async function rotate(stale: Access, isForced: boolean) {
    // Another tab has refreshed, or the user has signed in or out.
    if (access !== stale) return
    const kept = store.read() ?? (isForced || mustAsk() ? { token: '', refreshKey: newKey() } : null)
    if (!kept || (mode === 'token' && !kept.token)) return clear()
    // With the same key, a refresh can be repeated for a day after a lost response.
    store.write(kept)
    const askedAt = Date.now()
    const ask = () => exchange(mode === 'token' ? kept.token : undefined, kept.refreshKey)
    try {
      const tokens = await ask().catch((error: unknown) => (isLost(error) ? ask() : Promise.reject(error)))
      if (access === stale) start(tokens, askedAt)
    } catch (error) {
      if (access !== stale) return
      if (!(error instanceof PosternError && REFUSALS.has(error.code))) throw error
      // Another tab may have stored a newer token, which was not refused.
      if (store.read()?.refreshKey === kept.refreshKey) clear()
    }
  }

  /** Without a shared storage, only a request can find out whether there is a cookie. */
  const mustAsk = () => mode === 'cookie' && !store.isShared

  return {
    get user() {
      return user
    },
    start,
    clear,
    subscribe: (listener: Listener) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    /** Updates the user from a response. A late response about another user is ignored. */
    update: (me: unknown) => {
      if (isMe(me) && me.id === user?.id) setUser(me)
    },
    restore: async (isForced: boolean) => {
      if (!user) await refresh(isForced)
      return user
    },
    /** The access for a request. Refreshes an expired token first. Throws `PosternError` if that fails. */
    current: async () => {
      const before = access
      if (refreshing || access.expiresAt <= Date.now()) await refresh()
      // A request is never sent as another user who signed in meanwhile.
      return before.userId === undefined || before.userId === access.userId ? access : before
    },
    /** A new access of the same user after a refused one. Undefined if the session has ended. */
    renew: async (refused: Access) => {
      if (access.token === refused.token) await refresh()
      return access.token !== refused.token && access.userId === refused.userId ? access : undefined
    },
  }
}

/** Whether there was no response of the service. The request may have had an effect. */
const isLost = (error: unknown) =>
  error instanceof PosternError && ['network', 'timeout', 'bad-response', 'outcome-unknown'].includes(error.code)

const isMe = (value: unknown): value is Me =>
  isObject(value) && typeof value.id === 'number' && typeof value.username === 'string'

/** Whether a body is the response to a sign-in or a refresh, and not of a proxy. */
export const isTokens = (value: unknown): value is Tokens =>
  isObject(value) &&
  typeof value.access_token === 'string' &&
  typeof value.expires_in === 'number' &&
  isMe(value.user) &&
  (value.refresh_token === undefined || typeof value.refresh_token === 'string')

const isSessionMessage = (value: unknown): value is SessionMessage =>
  value === null ||
  (isObject(value) &&
    isMe(value.user) &&
    typeof value.refreshKey === 'string' &&
    isObject(value.access) &&
    typeof value.access.expiresAt === 'number')
