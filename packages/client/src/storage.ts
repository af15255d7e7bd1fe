/** Stores a session beyond the page: its refresh token, or in cookie mode only a mark that it exists. */

/** The used part of `localStorage`. */
export type TokenStorage = {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** A stored session. The key is the `Idempotency-Key` of its next refresh. It does not change until that succeeds. */
export type StoredSession = {
  /** The refresh token. Empty in cookie mode. */
  token: string
  refreshKey: string
}

export type SessionStore = {
  /** Whether other tabs can read the storage. False after the storage has failed. */
  readonly isShared: boolean
  read(): StoredSession | null
  /** Stores a session. Null deletes it. Never throws: if the storage fails, the session is kept in memory. */
  write(session: StoredSession | null): void
}

/**
 * Opens the storage of a session. Accessing `localStorage` can throw. After the first failure the session is kept in
 * memory, and `onError` is called once.
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
          // A full storage still has the previous token, which must not be used again.
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

/** Whether a storage has a session, or will soon: a broadcast can arrive before the write of the other tab is visible. */
export async function holds(store: SessionStore, refreshKey: string | null): Promise<boolean> {
  const isThere = () => (store.read()?.refreshKey ?? null) === refreshKey
  for (let step = 0; step < 50 && !isThere(); step++) await new Promise((resolve) => setTimeout(resolve, 10))
  return isThere()
}
