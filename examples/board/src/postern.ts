/** The client, and the signed-in user as a React hook. */
import { createClient } from '@postern/client'
import { useSyncExternalStore } from 'react'

export const postern = createClient({
  baseUrl: import.meta.env.VITE_POSTERN_URL ?? 'http://127.0.0.1:8787',
  // In cookie mode, no script can read the refresh token. Use `token` only if cookies do not work.
  session: import.meta.env.VITE_POSTERN_SESSION === 'token' ? 'token' : 'cookie',
  storage: () => localStorage,
  onStorageError: () => console.warn('The storage is not available: a reload signs you out.'),
})

export const useUser = () => useSyncExternalStore(postern.subscribe, () => postern.user)
