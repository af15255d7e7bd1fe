/** Loads the data of a page, or its error. */
import type { PosternError } from '@postern/client'
import { useEffect, useState } from 'react'

type Loaded<T> = { data?: T | undefined; error?: PosternError | undefined }

/** Loads again when a dependency changes. A late response is ignored. */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<Loaded<T>>, dependencies: unknown[]) {
  const [loaded, setLoaded] = useState<Loaded<T>>({})
  const [round, setRound] = useState(0)
  useEffect(() => {
    const controller = new AbortController()
    setLoaded({})
    const show = async () => {
      const result = await load(controller.signal)
      if (!controller.signal.aborted) setLoaded(result)
    }
    void show()
    return () => controller.abort()
    // The caller passes the dependencies of its function.
  }, [...dependencies, round])
  return { ...loaded, reload: () => setRound((before) => before + 1), set: (data: T) => setLoaded({ data }) }
}
