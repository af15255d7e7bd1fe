/** What the tabs of one app share: one at a time refreshes, and each broadcasts what came of it. */
import { isObject } from './response.ts'

export type Tabs<Message> = {
  /** Does the work while no other tab does. */
  withLock(work: () => Promise<void>): Promise<void>
  broadcast(message: Message): void
  /** Sets the one listener. It is given what another tab broadcast, which may be of another version of the app. */
  onMessage(listener: (message: unknown) => void): void
}

/** For a client that shares its session with no other. */
export const onlyTab: Tabs<unknown> = { withLock: (work) => work(), broadcast: () => {}, onMessage: () => {} }

/**
 * A message and a released lock arrive by different ways: the message has 50 milliseconds and three turns of the event
 * loop, because a busy tab sees the time go by first. No more turns: in a hidden tab each takes a second.
 */
async function untilMessagesAreIn() {
  const start = performance.now()
  for (let turn = 0; turn < 3 || performance.now() - start < 50; turn++)
    await new Promise((resolve) => setTimeout(resolve, 5))
}

/** The tabs that use the same name. Where the platform has no locks or channels, each is on its own. */
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
        // Some platforms have locks and refuse them, to a page in a sandbox for example.
        if (isStarted) throw error
        await work()
      }
    },
    broadcast(message) {
      try {
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel never leaves its origin
        channel?.postMessage(message)
      } catch {
        // A page that is being unloaded has nobody to tell.
      }
    },
    onMessage(listener) {
      channel?.addEventListener('message', (event: unknown) => {
        if (event instanceof MessageEvent) listener(event.data)
      })
    },
  }
}

/** As much of the Web Locks API as is needed; Workers have none, nor its types. */
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
    // Node.js would not end while the channel is open.
    if ('unref' in channel && typeof channel.unref === 'function') channel.unref()
    return channel
  } catch {
    return undefined
  }
}
