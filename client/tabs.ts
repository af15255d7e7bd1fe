/** What the tabs of one app share: one at a time refreshes, and each tells the others what came of it. */

export type Tabs<News> = {
  /** Does the work while no other tab does. */
  alone(work: () => Promise<void>): Promise<void>
  tell(news: News): void
  /** For the one listener there is. */
  hear(listener: (news: News) => unknown): void
}

/** For a client that shares its session with no other. */
export const onlyTab: Tabs<never> = { alone: (work) => work(), tell: () => {}, hear: () => {} }

/**
 * What a tab tells and the lock that it gives back come by different ways: the news has 50 milliseconds, in short steps,
 * because a tab that is busy sees the time go by before it sees what has arrived.
 */
async function untilNewsIsIn() {
  for (let step = 0; step < 10; step++) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** The tabs that call themselves by the same name. Where the platform has no locks or channels, each is on its own. */
export function openTabs<News>(name: string): Tabs<News> {
  const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(name)
  const locks = typeof navigator === 'undefined' ? undefined : navigator.locks
  return {
    async alone(work) {
      if (!locks) return work()
      const isDone = await locks.request(name, { ifAvailable: true }, async (lock) => {
        if (lock) await work()
        return lock !== null
      })
      if (isDone) return
      await locks.request(name, async () => {
        await untilNewsIsIn()
        await work()
      })
    },
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel never leaves its origin
    tell: (news) => channel?.postMessage(news),
    hear(listener) {
      if (!channel) return
      channel.addEventListener('message', (event) => {
        if (event instanceof MessageEvent) listener(event.data)
      })
      // Node.js would not end while the channel is open.
      if ('unref' in channel && typeof channel.unref === 'function') channel.unref()
    },
  }
}
