/** A router without a library: the path is state, and links change it. */
import { useEffect, useRef, useSyncExternalStore, type ReactNode } from 'react'

const listeners = new Set<() => void>()
const notify = () => listeners.forEach((listener) => listener())
addEventListener('popstate', notify)

export const useLocation = () => {
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => location.pathname + location.search,
  )
  return { path: location.pathname, query: new URLSearchParams(location.search) }
}

export function navigate(to: string, { replace = false } = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', to)
  if (!replace) scrollTo(0, 0)
  notify()
}

export function Link({ to, children, className }: { to: string; children: ReactNode; className?: string }) {
  const isCurrent = useLocation().path === to
  return (
    <a
      href={to}
      className={className}
      aria-current={isCurrent ? 'page' : undefined}
      onClick={(event) => {
        // The browser opens a new tab or window.
        if (event.metaKey || event.ctrlKey || event.shiftKey) return
        event.preventDefault()
        navigate(to)
      }}
    >
      {children}
    </a>
  )
}

/** The heading of a page. It gets the focus after each navigation, for screen readers and the keyboard. */
export function Title({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${children} – Board`
    if (document.activeElement === document.body || document.activeElement?.tagName === 'A') heading.current?.focus()
  }, [children])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  )
}
