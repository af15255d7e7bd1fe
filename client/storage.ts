/** Where the refresh token is kept in token mode. */

/** As much of `localStorage` as is needed. */
export type TokenStorage = {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

export type TokenStore = {
  read(): string | null
  /** Null takes away what is there. */
  write(token: string | null): void
}

export const storeIn = (storage: TokenStorage, key: string): TokenStore => ({
  read: () => storage.getItem(key),
  write: (token) => (token === null ? storage.removeItem(key) : storage.setItem(key, token)),
})

/** For as long as the client lives. */
export function storeInMemory(): TokenStore {
  let kept: string | null = null
  return {
    read: () => kept,
    write: (token) => {
      kept = token
    },
  }
}

/** Whether a store has a token, or will in a moment: what one tab stores is told sooner than it is seen in another. */
export async function holds(store: TokenStore, token: string | null): Promise<boolean> {
  for (let step = 0; step < 50 && store.read() !== token; step++)
    await new Promise((resolve) => setTimeout(resolve, 10))
  return store.read() === token
}
