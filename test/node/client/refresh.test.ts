/** Refreshes against a real service: one for all waiting requests, and only an ended session signs out. */
import { afterEach, expect, test, vi } from 'vitest'
import type { Me } from '../../../packages/client/src/client.ts'
import { runService } from '../../support/node/running.ts'
import {
  newAccount,
  offline,
  openBrowser,
  openStorage,
  password,
  REFRESH,
  restored,
  signIn,
  statusOf,
  times,
  untilSynced,
} from './browser.ts'

const service = runService()
const signedIn = () => signIn(service.url)

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

test.each(['a storage', 'memory'])(
  '20 concurrent requests with an expired token make one refresh, stored in %s',
  async (where) => {
    const browser = openBrowser(service.url)
    const tab = browser.openTab(where === 'memory' ? undefined : openStorage())
    await tab.register(newAccount())
    browser.expireTokens()
    const results = await Promise.all(times(20, () => tab.GET('/users/me')))
    expect(results.map(statusOf)).toEqual(times(20, () => 200))
    expect(browser.times(REFRESH)).toBe(1)
    expect(browser.times('GET /users/me')).toBe(40)
  },
)

test('a late 401 causes no second refresh', async () => {
  const { browser, tab } = await signedIn()
  browser.expireTokens()
  browser.intercept('GET /posts', async (go) => {
    browser.intercept('GET /posts')
    const response = await go()
    await tab.GET('/users/me')
    return response
  })
  expect((await tab.GET('/posts')).response?.status).toBe(200)
  expect(browser.sent.slice(1)).toEqual(['GET /posts', 'GET /users/me', REFRESH, 'GET /users/me', 'GET /posts'])
})

test('refreshes a token that has expired by the clock before sending it', async () => {
  const { browser, tab } = await signedIn()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 900_000 })
  const results = await Promise.all(times(20, () => tab.GET('/users/me')))
  expect(results.map(statusOf)).toEqual(times(20, () => 200))
  expect(browser.sent.slice(1)).toEqual([REFRESH, ...times(20, () => 'GET /users/me')])
})

test('repeats a request with the same body after a refresh, and it has one effect', async () => {
  const { browser, tab } = await signedIn()
  browser.expireTokens()
  const post = { title: '문', body: '작고, 잘 지켜진. 🚪\n'.repeat(5_000) }
  const { data, response } = await tab.POST('/posts', { body: post })
  expect(response?.status).toBe(201)
  expect(data).toMatchObject(post)
  expect(browser.times('POST /posts')).toBe(2)
  const mine = await tab.GET('/posts', { params: { query: { author: tab.user?.username ?? '' } } })
  expect(mine.data?.items).toHaveLength(1)
})

test('sends a request at most twice, even if the new token is refused', async () => {
  const { browser, tab } = await signedIn()
  browser.expireTokens()
  browser.intercept(REFRESH, async (go) => {
    const response = await go()
    browser.expireTokens()
    return response
  })
  const { response, error } = await tab.GET('/users/me')
  expect(response?.status).toBe(401)
  expect(error).toMatchObject({ code: 'invalid-token' })
  expect(browser.sent.slice(1)).toEqual(['GET /users/me', REFRESH, 'GET /users/me'])
})

test('does not refresh after a 401 for another reason, or for a token of the caller', async () => {
  const { browser, tab, account } = await signedIn()
  const wrong = await tab.POST('/users/login', { body: { username: account.username, password: 'not it' } })
  expect(wrong.error).toMatchObject({ code: 'invalid-credentials' })
  const own = await tab.GET('/users/me', { headers: { Authorization: 'Bearer mine' } })
  expect(own.error).toMatchObject({ code: 'invalid-token' })
  expect(browser.times(REFRESH)).toBe(0)
  expect(tab.user).not.toBeNull()
})

test('a session that was ended elsewhere signs out, and every request returns the 401', async () => {
  const { browser, storage, tab, account } = await signedIn()
  const elsewhere = openBrowser(service.url).openTab()
  await elsewhere.signIn({ email: account.email, password })
  expect((await elsewhere.DELETE('/users/me/sessions')).response?.status).toBe(204)

  const listener = vi.fn<(user: Me | null) => void>()
  tab.subscribe(listener)
  const results = await Promise.all(times(20, () => tab.GET('/users/me')))
  for (const { error } of results) expect(error).toMatchObject({ code: 'invalid-token', status: 401 })
  expect(listener.mock.calls).toEqual([[null]])
  expect(tab.user).toBeNull()
  expect(storage.items.size).toBe(0)

  expect((await tab.GET('/users/me')).error).toMatchObject({ code: 'unauthenticated' })
  expect((await tab.GET('/posts')).response?.status).toBe(200)
  expect(browser.times(REFRESH)).toBe(1)
})

test('a network error during the refresh does not change the session', async () => {
  const { browser, storage, tab } = await signedIn()
  const kept = [...storage.items]
  const listener = vi.fn<(user: Me | null) => void>()
  tab.subscribe(listener)
  browser.expireTokens()
  browser.intercept(REFRESH, offline)
  const { error } = await tab.GET('/users/me')
  expect(error).toMatchObject({ code: 'network' })
  expect(tab.user).not.toBeNull()
  expect([...storage.items]).toEqual(kept)

  browser.intercept(REFRESH)
  expect((await tab.GET('/users/me')).response?.status).toBe(200)
  expect(listener).not.toHaveBeenCalled()
})

test('a response that is not from the service signs nobody out', async () => {
  const { browser, storage, tab } = await signedIn()
  browser.expireTokens()
  for (const status of [200, 401, 403, 404, 502]) {
    browser.intercept(REFRESH, () => Promise.resolve(new Response('<h1>Welcome to the hotel</h1>', { status })))
    expect((await tab.GET('/users/me')).error).toMatchObject({ code: 'bad-response', status })
    expect(await browser.openTab(storage).restore()).toMatchObject({ error: { code: 'bad-response', status } })
  }
  browser.intercept(REFRESH)
  expect((await tab.GET('/users/me')).response?.status).toBe(200)
})

test('repeats a refresh whose response is lost at once, with the same key', async () => {
  const { browser, storage, tab } = await signedIn()
  browser.expireTokens()
  let lost = 0
  browser.intercept(REFRESH, async (go) => {
    const response = await go()
    return lost++ ? response : offline(go, new Request(browser.baseUrl))
  })
  expect((await tab.GET('/users/me')).response?.status).toBe(200)
  expect(browser.times(REFRESH)).toBe(2)
  expect(browser.keys[2]).toMatch(/^[0-9a-f]{32}$/)
  expect(browser.keys[3]).toBe(browser.keys[2])

  browser.expireTokens()
  expect((await tab.GET('/users/me')).response?.status).toBe(200)
  expect(browser.keys[6]).not.toBe(browser.keys[2])
  expect(await restored(browser.openTab(storage))).toEqual(tab.user)
})

test('a late refresh does not overwrite the session of another tab', async () => {
  const { browser, storage, tab } = await signedIn()
  const other = await signedIn()
  const second = browser.openTab(storage)
  browser.expireTokens()
  browser.intercept(REFRESH, async (go) => {
    const response = await go()
    await second.signIn({ username: other.account.username, password })
    await untilSynced(tab, second)
    return response
  })
  expect((await tab.GET('/users/me')).error).toMatchObject({ code: 'invalid-token' })
  expect(tab.user).toEqual(second.user)
  expect(tab.user?.username).toBe(other.account.username)
  expect((await tab.GET('/users/me')).data).toEqual(second.user)
  expect(await restored(browser.openTab(storage))).toEqual(second.user)
})

test('a request that waited for a refresh is sent as the user who made it, even if another signs in meanwhile', async () => {
  const { browser, tab, account } = await signedIn()
  const other = await signedIn()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 900_000 })
  browser.intercept(REFRESH, async (go) => {
    await tab.signIn({ username: other.account.username, password })
    return go()
  })
  const { data } = await tab.POST('/posts', { body: { title: 'Mine', body: 'Nobody else’s.' } })
  expect(data?.author.username).toBe(account.username)
  expect(tab.user?.username).toBe(other.account.username)
})

test('never repeats a request of one user as another user', async () => {
  const { browser, tab } = await signedIn()
  const other = await signedIn()
  browser.expireTokens()
  browser.intercept('POST /posts', async (go) => {
    const response = await go()
    await tab.signIn({ username: other.account.username, password })
    return response
  })
  const { error } = await tab.POST('/posts', { body: { title: 'Mine', body: 'Nobody else’s.' } })
  expect(error).toMatchObject({ code: 'invalid-token' })
  expect(browser.times('POST /posts')).toBe(1)
  expect(tab.user?.username).toBe(other.account.username)
})

test('a refresh without a response times out after ten seconds and is repeated', async () => {
  const { browser, tab } = await signedIn()
  browser.expireTokens()
  const { setTimeout: schedule } = globalThis
  const timeouts: unknown[] = []
  vi.spyOn(globalThis, 'setTimeout').mockImplementation((work, milliseconds, ...rest) => {
    // The first refresh gets no response. The second one gets a late response.
    const isFirst = milliseconds === 10_000 && !timeouts.includes(10_000)
    timeouts.push(milliseconds)
    return schedule(work, isFirst ? 50 : milliseconds, ...rest)
  })
  browser.intercept(REFRESH, () => {
    browser.intercept(REFRESH)
    return new Promise(() => {})
  })
  expect((await tab.GET('/users/me')).response?.status).toBe(200)
  expect(browser.times(REFRESH)).toBe(2)
  expect(timeouts.filter((milliseconds) => milliseconds === 10_000)).toHaveLength(2)
})
