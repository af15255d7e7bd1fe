/** The tabs of an app: a lock, so that one tab refreshes at a time, and broadcasts between them. */
import { isObject } from './response.ts'

export type Tabs<Message> = {
  /** Runs the work while no other tab runs its own. */
  withLock(work: () => Promise<void>): Promise<void>
  broadcast(message: Message): void
  /** Sets the listener for broadcasts of other tabs, which may run another version of the app. */
  onMessage(listener: (message: unknown) => void): void
}

/** For a client that does not share its session. */
export const onlyTab: Tabs<unknown> = { withLock: (work) => work(), broadcast: () => {}, onMessage: () => {} }

/**
 * Waits for a broadcast that was sent before a lock was released: 50 milliseconds and three turns of the event loop, because
 * a timer of a busy tab can fire before its messages. In a hidden tab each turn takes a second.
 */
async function untilMessagesAreIn() {
  const start = performance.now()
  for (let turn = 0; turn < 3 || performance.now() - start < 50; turn++)
    await new Promise((resolve) => setTimeout(resolve, 5))
}

/** The tabs with the same name. On a platform without locks or channels, tabs are separate. */
export function openTabs<Message>(name: string): Tabs<Message> {
  const channel = openChannel(name)
  const locks = findLocks()
  return {
    async withLock(work) {
      let isStarted = false
      const start = () => {
        isStarted = true
        return work()
      }
      try {
        await withLockOf(locks, name, start)
      } catch (error) {
        // Some platforms refuse locks, for example to a page in a sandbox.
        if (isStarted) throw error
        await work()
      }
    },
    broadcast(message) {
      try {
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel never leaves its origin
        channel?.postMessage(message)
      } catch {
        // The channel is closed if the page is being unloaded.
      }
    },
    onMessage(listener) {
      channel?.addEventListener('message', (event: unknown) => {
        if (event instanceof MessageEvent) listener(event.data)
      })
    },
  }
}

/** The used part of the Web Locks API. Workers have neither the API nor its types. */
type Locks = {
  request<T>(name: string, options: { ifAvailable?: boolean }, work: (lock: object | null) => Promise<T>): Promise<T>
}

function findLocks(): Locks | undefined {
  const platform: unknown = Reflect.get(globalThis, 'navigator')
  const locks = isObject(platform) ? platform.locks : undefined
  return isLocks(locks) ? locks : undefined
}

const isLocks = (value: unknown): value is Locks => isObject(value) && typeof value.request === 'function'

async function withLockOf(locks: Locks | undefined, name: string, work: () => Promise<void>) {
  if (!locks) return work()
  const isDone = await locks.request(name, { ifAvailable: true }, async (lock) => {
    if (lock) await work()
    return lock !== null
  })
  if (isDone) return
  await locks.request(name, {}, async () => {
    await untilMessagesAreIn()
    await work()
  })
}

function openChannel(name: string): InstanceType<typeof BroadcastChannel> | undefined {
  try {
    const channel = new BroadcastChannel(name)
    // Otherwise Node.js would not exit while the channel is open.
    if ('unref' in channel && typeof channel.unref === 'function') channel.unref()
    return channel
  } catch {
    return undefined
  }
}
