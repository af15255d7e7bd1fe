/** The client, and who is signed in, as React sees it. */
import { createClient } from '@postern/client'
import { useSyncExternalStore } from 'react'

export const postern = createClient({
  baseUrl: import.meta.env.VITE_POSTERN_URL ?? 'http://127.0.0.1:8787',
  // With a cookie, no script can read the refresh token. Use `token` only where cookies do not work.
  session: import.meta.env.VITE_POSTERN_SESSION === 'token' ? 'token' : 'cookie',
  storage: () => localStorage,
  onStorageError: () => console.warn('The browser stores nothing: a reload signs you out.'),
})

export const useUser = () => useSyncExternalStore(postern.subscribe, () => postern.user)
