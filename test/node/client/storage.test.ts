/** Storage that is full, forbidden or missing: the session is kept in memory, and the caller gets one error. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createClient, type TokenStorage } from '../../../packages/client/src/client.ts'
import { runService } from '../../support/node/running.ts'
import { newAccount, openBrowser, openStorage, password, restored, signIn } from './browser.ts'

const service = runService()

afterEach(() => {
  vi.unstubAllGlobals()
})

const refuse = (): never => {
  throw new DOMException('The quota has been exceeded.', 'QuotaExceededError')
}

const STORAGES: Record<string, () => TokenStorage | (() => TokenStorage)> = {
  'that is full': () => ({ ...openStorage(), setItem: refuse }),
  'that is forbidden': () => ({ getItem: refuse, setItem: refuse, removeItem: refuse }),
  'that cannot be opened': () => refuse,
}

describe.each(Object.entries(STORAGES))('with a storage %s', (_, open) => {
  test.each(['token', 'cookie'] as const)('a %s session registers, refreshes and signs out', async (session) => {
    const browser = openBrowser(service.url)
    const onStorageError = vi.fn<(error: unknown) => void>()
    const options = { session, storage: open(), onStorageError }
    const tab = browser.openTab(undefined, options)
    const account = newAccount()
    expect(await tab.register(account)).toMatchObject({ data: { username: account.username } })
    browser.expireTokens()
    expect(await tab.GET('/users/me')).toMatchObject({ data: { username: account.username } })
    browser.expireTokens()
    expect(await tab.GET('/users/me')).toMatchObject({ data: { username: account.username } })
    expect(onStorageError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: 'QuotaExceededError' }))
    expect(await tab.signOut()).toMatchObject({ data: null })
    expect(tab.user).toBeNull()
    expect(await tab.signIn({ username: account.username, password })).toHaveProperty('data')
    expect(onStorageError).toHaveBeenCalledTimes(1)
  })
})

test('in cookie mode without a storage, restore asks the service', async () => {
  const browser = openBrowser(service.url)
  const account = newAccount()
  await browser.openCookieTab().register(account)
  const onStorageError = vi.fn<(error: unknown) => void>()
  const reloaded = browser.openCookieTab({ storage: refuse, onStorageError })
  expect(await restored(reloaded)).toMatchObject({ username: account.username })
  expect(onStorageError).toHaveBeenCalledTimes(1)
})

test('a storage that becomes full does not keep the previous token', async () => {
  const browser = openBrowser(service.url)
  const storage = openStorage()
  let isFull = false
  const setItem = (key: string, value: string) => (isFull ? refuse() : storage.setItem(key, value))
  const tab = browser.openTab({ ...storage, setItem })
  await tab.register(newAccount())
  expect(storage.items.size).toBe(1)
  isFull = true
  browser.expireTokens()
  expect(await tab.GET('/users/me')).toHaveProperty('data')
  expect(storage.items.size).toBe(0)
  // Another tab with the same storage gets no broadcast of a session that it cannot read.
  const other = browser.openTab(storage)
  browser.expireTokens()
  expect(await tab.GET('/users/me')).toHaveProperty('data')
  expect(await restored(other)).toBeNull()
  expect(tab.user).not.toBeNull()
})

test('an error handler or a listener that throws does not make a registration fail', async () => {
  const browser = openBrowser(service.url)
  const reportError = vi.fn<(error: unknown) => void>()
  vi.stubGlobal('reportError', reportError)
  const onStorageError = () => {
    throw new Error('handler failed')
  }
  const tab = browser.openTab({ getItem: refuse, setItem: refuse, removeItem: refuse }, { onStorageError })
  const listener = vi.fn<(user: unknown) => void>()
  tab.subscribe(() => {
    throw new Error('listener failed')
  })
  tab.subscribe(listener)
  expect(await tab.register(newAccount())).toHaveProperty('data')
  expect(listener).toHaveBeenCalledTimes(1)
  expect(reportError.mock.calls.map(([error]) => String(error))).toEqual([
    'Error: handler failed',
    'Error: listener failed',
  ])
})

test('a foreign broadcast and a storage error during a broadcast change nothing and reject nothing', async () => {
  const { browser, storage, tab } = await signIn(service.url)
  const rejections = vi.fn<(reason: unknown) => void>()
  process.on('unhandledRejection', rejections)
  const channel = new BroadcastChannel(`postern token ${browser.baseUrl}`)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel never leaves its origin
  const post = (message: unknown) => channel.postMessage(message)
  const before = tab.user
  for (const message of ['hello', 1, {}, { user: {} }, [], undefined]) post(message)
  const fragile = { ...storage }
  const other = browser.openTab(fragile)
  await restored(other)
  fragile.getItem = refuse
  post(null)
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(tab.user).toBe(before)
  expect(other.user).toEqual(before)
  expect(rejections).not.toHaveBeenCalled()
  process.off('unhandledRejection', rejections)
  channel.close()
})

test.each(['locks', 'channels', 'both'])(
  'without %s a session works, and tabs have the same user after a reload',
  async (missing) => {
    if (missing !== 'channels') vi.stubGlobal('navigator', {})
    if (missing !== 'locks') vi.stubGlobal('BroadcastChannel', undefined)
    const { browser, storage, tab, account } = await signIn(service.url)
    const other = browser.openTab(storage)
    expect(await restored(other)).toEqual(tab.user)
    for (let round = 0; round < 3; round++) {
      // A broadcast is applied within half a second.
      await new Promise((resolve) => setTimeout(resolve, 600))
      browser.expireTokens()
      for (const { error } of await Promise.all([tab.GET('/users/me'), other.GET('/users/me')]))
        expect(error).toBeUndefined()
    }
    expect(await restored(browser.openTab(storage))).toMatchObject({ username: account.username })
  },
)

test('a refresh works if the platform refuses locks', async () => {
  vi.stubGlobal('navigator', {
    locks: { request: () => Promise.reject(new DOMException('A sandboxed page has no locks.', 'SecurityError')) },
  })
  const { browser, tab } = await signIn(service.url)
  browser.expireTokens()
  expect(await tab.GET('/users/me')).toHaveProperty('data')
})

test('an invalid base URL throws at once, and a base URL with a slash or a path works', async () => {
  expect(() => createClient({ baseUrl: 'api.example.com', session: 'token' })).toThrow(TypeError)
  const urls: string[] = []
  const fetch = (request: Request) => {
    urls.push(request.url)
    return Promise.resolve(Response.json({ items: [], next_cursor: null }))
  }
  for (const baseUrl of ['https://api.example.com/', 'https://example.com/api/'])
    await createClient({ baseUrl, session: 'token', fetch }).GET('/posts', { params: { query: { q: 'a b&c' } } })
  expect(urls).toEqual(['https://api.example.com/posts?q=a+b%26c', 'https://example.com/api/posts?q=a+b%26c'])
})
