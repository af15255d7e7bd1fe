/** The session as this tab has it: who is signed in, the access token in memory, and the one refresh that renews it. */
import type { Client } from 'openapi-fetch'
import type { components, paths } from './schema.ts'
import { holds, type TokenStore } from './storage.ts'
import type { Tabs } from './tabs.ts'

export type Me = components['schemas']['Me']

/** What the service answers a sign-in or a refresh with; a refresh token, unless a cookie has it. */
export type Grant = { access_token: string; expires_in: number; refresh_token?: string | undefined; user: Me }

/** An access token, whose it is, and when it ends by this machine's clock; for nobody, none. */
export type Access = { token?: string; userId?: number; expiresAt: number }

export type News = { access: Access; user: Me; refreshToken: string | null } | null

type Listener = (user: Me | null) => void

export type Session = ReturnType<typeof keepSession>

/**
 * How long each of the two tries of a refresh may take, in milliseconds. Where the first one's answer was lost, the service
 * gives the second the same, for 30 seconds.
 */
const PATIENCE = 10_000

/** The problems that say there is no session; after any other it may well live. */
const REFUSALS = new Set(['/problems/invalid-refresh-token', '/problems/invalid-input'])

const nobody = (): Access => ({ expiresAt: Infinity })

/** `store` has the refresh token; where there is none, a cookie that `api` sends has it. */
export function keepSession(api: Client<paths>, store: TokenStore | undefined, tabs: Tabs<News>) {
  /** Each change puts another object here, so that a refresh can tell that it is late. */
  let access = nobody()
  let user: Me | null = null
  let refreshing: Promise<void> | undefined
  const listeners = new Set<Listener>()

  tabs.hear(async (news) => {
    // A tab that stores its tokens elsewhere is not in that session.
    if (store && !(await holds(store, news?.refreshToken ?? null))) return
    access = news?.access ?? nobody()
    setUser(news?.user ?? null)
  })

  function setUser(next: Me | null) {
    if (JSON.stringify(next) === JSON.stringify(user)) return
    user = next
    for (const listener of listeners) listener(user)
  }

  /** `askedAt`, in milliseconds, is when the grant was asked for: its token ends no later than that tells. */
  function begin(grant: Grant, askedAt: number) {
    store?.write(grant.refresh_token ?? null)
    access = { token: grant.access_token, userId: grant.user.id, expiresAt: askedAt + grant.expires_in * 1000 }
    tabs.tell({ access, user: grant.user, refreshToken: grant.refresh_token ?? null })
    setUser(grant.user)
  }

  function end() {
    store?.write(null)
    access = nobody()
    if (user) tabs.tell(null)
    setUser(null)
  }

  /** One refresh for all who ask while it runs. Throws where the service does not tell whether the session lives. */
  function refresh(): Promise<void> {
    const stale = access
    refreshing ??= tabs
      .alone(() => rotate(stale))
      .finally(() => {
        refreshing = undefined
      })
    return refreshing
  }

  async function rotate(stale: Access) {
    // Another tab was faster, or somebody signed in or out.
    if (access !== stale) return
    const token = store?.read()
    if (token === null) return end()
    const askedAt = Date.now()
    const { data, error } = await exchange(token).catch(() => exchange(token))
    if (access !== stale) return
    if (data) return begin(data, askedAt)
    if (!REFUSALS.has(error?.type)) throw new Error('The service did not refresh the session.', { cause: error })
    // What another tab has stored since was not refused.
    if (store?.read() === token) end()
  }

  const exchange = (token: string | undefined) =>
    api.POST('/users/refresh', {
      ...(token !== undefined && { body: { refresh_token: token } }),
      signal: AbortSignal.timeout(PATIENCE),
    })

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
    /** Takes over what an answer says about the user who is signed in; about another, it came too late. */
    update: (me: unknown) => {
      if (isMe(me) && me.id === user?.id) setUser(me)
    },
    restore: async () => {
      if (!user) await refresh()
      return user
    },
    /** What to send a request with: a token that is over is renewed first, if it can be. */
    current: async () => {
      const before = access
      if (refreshing || access.expiresAt <= Date.now()) await refresh().catch(() => {})
      // Who asked is not spoken for by whoever signed in meanwhile.
      return before.userId === undefined || before.userId === access.userId ? access : before
    },
    /** The same user's next access, in place of one that was refused; undefined where there is none to be had. */
    renew: async (refused: Access) => {
      if (access.token === refused.token) await refresh().catch(() => {})
      return access.token !== refused.token && access.userId === refused.userId ? access : undefined
    },
  }
}

const isMe = (value: unknown): value is Me =>
  typeof value === 'object' && value !== null && 'id' in value && 'username' in value
