/** Where a session outlives the page: its refresh token, or in cookie mode only a mark that there is one. */

/** As much of `localStorage` as is needed. */
export type TokenStorage = {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** A session at rest. The key is the `Idempotency-Key` of its next refresh, and stays the same until that succeeds. */
export type StoredSession = {
  /** The refresh token; empty where a cookie has it. */
  token: string
  refreshKey: string
}

export type SessionStore = {
  /** Whether other tabs see what is written; false once the storage has failed. */
  readonly isShared: boolean
  read(): StoredSession | null
  /** Null removes what is there. Never throws: what cannot be stored is kept in memory. */
  write(session: StoredSession | null): void
}

/**
 * A session in a storage, which is opened at once because access to `localStorage` can throw by itself. From its first
 * failure on the session is kept in memory, and `onError` is called once.
 */
export function openStore(
  open: (() => TokenStorage | undefined) | undefined,
  key: string,
  onError: (error: unknown) => void,
): SessionStore {
  let kept: StoredSession | null = null
  let storage: TokenStorage | undefined

  const attempt = (work: () => void) => {
    try {
      work()
    } catch (error) {
      storage = undefined
      onError(error)
    }
  }
  attempt(() => {
    storage = open?.()
  })

  return {
    get isShared() {
      return storage !== undefined
    },
    read() {
      attempt(() => {
        if (storage) kept = parse(storage.getItem(key))
      })
      return kept
    },
    write(session) {
      kept = session
      attempt(() => {
        if (!session) return storage?.removeItem(key)
        try {
          storage?.setItem(key, `${session.refreshKey} ${session.token}`)
        } catch (error) {
          // A storage that is full still has the token before, which nobody may use any more.
          storage?.removeItem(key)
          throw error
        }
      })
    },
  }
}

function parse(text: string | null): StoredSession | null {
  const [, refreshKey, token] = /^(\S+) (\S*)$/.exec(text ?? '') ?? []
  return refreshKey === undefined || token === undefined ? null : { refreshKey, token }
}

/** Whether a store has a session, or will in a moment: a message of another tab can arrive before what it stored. */
export async function holds(store: SessionStore, refreshKey: string | null): Promise<boolean> {
  const isThere = () => (store.read()?.refreshKey ?? null) === refreshKey
  for (let step = 0; step < 50 && !isThere(); step++) await new Promise((resolve) => setTimeout(resolve, 10))
  return isThere()
}
