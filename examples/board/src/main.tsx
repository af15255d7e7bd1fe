/** The entry: who is signed in after a reload, then the page of the path. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { postern } from './postern.ts'

const { error } = await postern.restore()
// The app works without a session; what went wrong is shown by the first page that loads something.
if (error) console.warn(error.message)

const root = document.getElementById('app')
if (root)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
