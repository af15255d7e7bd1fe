/** The entry: restores the session, then renders the page of the path. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { postern } from './postern.ts'

const { error } = await postern.restore()
// The app works without a session. The first page that loads something shows the error.
if (error) console.warn(error.message)

const root = document.getElementById('app')
if (root)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
