/** The session as this tab has it: who is signed in, the access token in memory, and the one refresh that renews it. */
import { PosternError } from './error.ts'
import { notify } from './notify.ts'
import { newKey } from './request.ts'
import { isObject } from './response.ts'
import type { components } from './schema.ts'
import { holds, type SessionStore } from './storage.ts'
import type { Tabs } from './tabs.ts'

export type Me = components['schemas']['Me']

/** What the service responds to a sign-in or a refresh; without a refresh token where a cookie has it. */
export type Tokens = { access_token: string; expires_in: number; refresh_token?: string | undefined; user: Me }

/** An access token, whose it is, and when it ends by this machine's clock, in milliseconds; for nobody, none. */
export type Access = { token?: string; userId?: number; expiresAt: number }

/** What a tab broadcasts after a sign-in, a refresh or a sign-out (null). */
export type SessionMessage = { access: Access; user: Me; refreshKey: string } | null

type Listener = (user: Me | null) => void

/** Asks for a refresh. Throws `PosternError`. Without a token the cookie counts. */
export type Exchange = (token: string | undefined, refreshKey: string) => Promise<Tokens>

export type Session = ReturnType<typeof openSession>

/** The codes that say there is no session; after any other it may well be active. */
const REFUSALS = new Set<string>(['invalid-refresh-token', 'invalid-input'])

const nobody = (): Access => ({ expiresAt: Infinity })

export function openSession(
  mode: 'cookie' | 'token',
  store: SessionStore,
  tabs: Tabs<SessionMessage>,
  exchange: Exchange,
) {
  /** Each change puts another object here, so that a refresh can tell that it is late. */
  let access = nobody()
  let user: Me | null = null
  let refreshing: Promise<void> | undefined
  const listeners = new Set<Listener>()

  tabs.onMessage((message) => {
    if (isSessionMessage(message)) void follow(message)
  })

  async function follow(message: SessionMessage) {
    // Tabs share a cookie whatever they store. A tab that stores its token elsewhere is not in that session.
    if (mode === 'token' && !(store.isShared && (await holds(store, message?.refreshKey ?? null)))) return
    if (!store.isShared) store.write(message && { token: '', refreshKey: message.refreshKey })
    access = message?.access ?? nobody()
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

  /** `askedAt`, in milliseconds, is when the tokens were asked for: the access token ends no later than that tells. */
  function begin(tokens: Tokens, askedAt: number) {
    const refreshKey = newKey()
    store.write({ token: tokens.refresh_token ?? '', refreshKey })
    access = { token: tokens.access_token, userId: tokens.user.id, expiresAt: askedAt + tokens.expires_in * 1000 }
    broadcast({ access, user: tokens.user, refreshKey })
    setUser(tokens.user)
  }

  function end() {
    store.write(null)
    access = nobody()
    if (user) broadcast(null)
    setUser(null)
  }

  /** One refresh for all who ask while it runs. Throws `PosternError` where it is unknown whether the session is active. */
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
    // Another tab was faster, or somebody signed in or out.
    if (access !== stale) return
    const kept = store.read() ?? (isForced || mustAsk() ? { token: '', refreshKey: newKey() } : null)
    if (!kept || (mode === 'token' && !kept.token)) return end()
    // With the same key a refresh whose response was lost has the same result, a day later too.
    store.write(kept)
    const askedAt = Date.now()
    const ask = () => exchange(mode === 'token' ? kept.token : undefined, kept.refreshKey)
    try {
      const tokens = await ask().catch((error: unknown) => (isLost(error) ? ask() : Promise.reject(error)))
      if (access === stale) begin(tokens, askedAt)
    } catch (error) {
      if (access !== stale) return
      if (!(error instanceof PosternError && REFUSALS.has(error.code))) throw error
      // What another tab has stored since was not refused.
      if (store.read()?.refreshKey === kept.refreshKey) end()
    }
  }

  /** Without a storage nothing here can tell whether there is a cookie. */
  const mustAsk = () => mode === 'cookie' && !store.isShared

  return {
    get user() {
      return user
    },
    begin,
    end,
    subscribe: (listener: Listener) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    /** Takes over what a response says about the user who is signed in; about another, it came too late. */
    update: (me: unknown) => {
      if (isMe(me) && me.id === user?.id) setUser(me)
    },
    restore: async (isForced: boolean) => {
      if (!user) await refresh(isForced)
      return user
    },
    /** What to send a request with: a token that is over is renewed first. Throws `PosternError` where that fails. */
    current: async () => {
      const before = access
      if (refreshing || access.expiresAt <= Date.now()) await refresh()
      // Who asked is not spoken for by whoever signed in meanwhile.
      return before.userId === undefined || before.userId === access.userId ? access : before
    },
    /** The same user's next access, in place of one that was refused; undefined where the session is over. */
    renew: async (refused: Access) => {
      if (access.token === refused.token) await refresh()
      return access.token !== refused.token && access.userId === refused.userId ? access : undefined
    },
  }
}

/** Whether there was no response, or none of the service: then it may have done what was asked. */
const isLost = (error: unknown) =>
  error instanceof PosternError && ['network', 'timeout', 'bad-response', 'outcome-unknown'].includes(error.code)

const isMe = (value: unknown): value is Me =>
  isObject(value) && typeof value.id === 'number' && typeof value.username === 'string'

/** Whether a body is that of a sign-in or a refresh, and not of whatever stands between. */
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
