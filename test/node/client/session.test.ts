/** A session of the client against a real service: sign-in, sign-out, reload and the current user. */
import { afterEach, expect, test, vi } from 'vitest'
import type { Me } from '../../../packages/client/src/client.ts'
import { runService } from '../../support/node/running.ts'
import { newAccount, offline, openBrowser, openStorage, password, REFRESH, restored, signIn } from './browser.ts'

const service = runService()
const signedIn = () => signIn(service.url)

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

test('registration and sign-in set the user, and call the listener once for each change', async () => {
  const browser = openBrowser(service.url)
  const tab = browser.openTab()
  const changes: unknown[] = []
  const stop = tab.subscribe((user) => changes.push(user?.username ?? null))
  const { username, email } = newAccount()
  expect(tab.user).toBeNull()

  const { data, response } = await tab.register({ username, email, password })
  expect(response?.status).toBe(201)
  expect(data).toEqual(tab.user)
  expect(tab.user).toMatchObject({ username, email })
  await tab.signOut()
  expect(tab.user).toBeNull()
  await tab.signIn({ username, password })
  stop()
  await tab.signOut()
  expect(changes).toEqual([username, null, username])
})

test('a failed sign-in returns the error of the service and changes nothing', async () => {
  const { tab, account, browser } = await signedIn()
  const before = tab.user
  const { data, error, response } = await tab.signIn({ username: account.username, password: 'not it' })
  expect(data).toBeUndefined()
  expect(error).toMatchObject({ code: 'invalid-credentials', status: 401 })
  expect(response?.status).toBe(401)
  expect(tab.user).toBe(before)
  expect(browser.times(REFRESH)).toBe(0)
})

test('after a reload the stored token restores the user, and other requests wait for it', async () => {
  const { browser, storage, tab } = await signedIn()
  const reloaded = browser.openTab(storage)
  expect(reloaded.user).toBeNull()
  const [user, again, me] = await Promise.all([restored(reloaded), restored(reloaded), reloaded.GET('/users/me')])
  expect(user).toEqual(tab.user)
  expect(again).toEqual(user)
  expect(me.data).toEqual(user)
  expect(await restored(reloaded)).toBe(user)
  expect(browser.times(REFRESH)).toBe(1)
})

test('restore sends no request without a stored token, and deletes an invalid one', async () => {
  const browser = openBrowser(service.url)
  const storage = openStorage()
  expect(await restored(browser.openTab(storage))).toBeNull()
  expect(browser.sent).toEqual([])

  await browser.openTab(storage).register(newAccount())
  const [key = ''] = storage.items.keys()
  for (const garbage of ['garbage', 'x'.repeat(1000)]) {
    storage.setItem(key, garbage)
    expect(await restored(browser.openTab(storage))).toBeNull()
    expect(storage.items.size).toBe(0)
  }
})

test('restore returns an error without a network, and works afterwards', async () => {
  const { browser, storage, account } = await signedIn()
  const reloaded = browser.openTab(storage)
  browser.intercept(REFRESH, offline)
  expect(await reloaded.restore()).toMatchObject({ error: { code: 'network', cause: { message: 'fetch failed' } } })
  expect(storage.items.size).toBe(1)
  browser.intercept(REFRESH)
  expect(await restored(reloaded)).toMatchObject({ username: account.username })
})

test('the access token is not stored', async () => {
  const { storage } = await signedIn()
  expect([...storage.items.values()]).toEqual([expect.stringMatching(/^[0-9a-f]{32} [\w-]{22}\.0\.[\w-]{43}$/)])
})

test('signing out ends the session at the service and deletes the stored token', async () => {
  const { browser, storage, tab } = await signedIn()
  const [[key = '', token = ''] = []] = storage.items
  await tab.signOut()
  expect(storage.items.size).toBe(0)
  expect((await tab.GET('/users/me')).error).toMatchObject({ code: 'unauthenticated' })

  storage.setItem(key, token)
  expect(await restored(browser.openTab(storage))).toBeNull()
  await tab.signOut()
})

test('signing out without a network deletes the stored token, and returns an error because the session may be active', async () => {
  const { browser, storage, tab } = await signedIn()
  browser.intercept('POST /users/logout', offline)
  expect(await tab.signOut()).toMatchObject({ error: { code: 'network' } })
  expect(tab.user).toBeNull()
  expect(storage.items.size).toBe(0)
})

test('signing out returns an error if the service did not end the session', async () => {
  const { browser, tab } = await signedIn()
  browser.intercept('POST /users/logout', () => Promise.resolve(new Response('<h1>Bad gateway</h1>', { status: 502 })))
  expect(await tab.signOut()).toMatchObject({ error: { code: 'bad-response', status: 502 } })
  expect(tab.user).toBeNull()
})

test('signing out with an expired token ends the session', async () => {
  const { browser, tab, account } = await signedIn()
  const elsewhere = openBrowser(service.url).openTab()
  await elsewhere.signIn({ username: account.username, password })
  browser.expireTokens()
  await tab.signOut()
  expect(tab.user).toBeNull()
  expect((await elsewhere.GET('/users/me/sessions')).data?.items).toHaveLength(1)
})

test('the user is updated by responses about the account, and null after its deletion', async () => {
  const { tab, account } = await signedIn()
  const listener = vi.fn<(user: Me | null) => void>()
  tab.subscribe(listener)
  await tab.GET('/users/me')
  expect(listener).not.toHaveBeenCalled()

  const username = `${account.username}_renamed`
  await tab.PATCH('/users/me', { body: { username: '' } })
  await tab.PATCH('/users/me', { body: { username } })
  expect(tab.user).toMatchObject({ username, email: account.email })
  await tab.POST('/users/me/delete', { body: { current_password: 'not it' } })
  expect(listener.mock.calls).toEqual([[tab.user]])
  await tab.POST('/users/me/delete', { body: { current_password: password } })
  expect(tab.user).toBeNull()
  expect(listener).toHaveBeenCalledTimes(2)
})

test('a response about the user that arrives after the sign-out signs nobody in', async () => {
  const { browser, tab } = await signedIn()
  browser.intercept('GET /users/me', async (go) => {
    const response = await go()
    await tab.signOut()
    return response
  })
  expect((await tab.GET('/users/me')).response?.status).toBe(200)
  expect(tab.user).toBeNull()
})
