/** The client against a real service: it stays signed in, refreshes once for all, and loses a session only where it is over. */
import { afterEach, expect, test, vi } from 'vitest'
import type { Me } from '../../client/client.ts'
import { runService } from '../support/node/running.ts'
import {
  heard,
  newAccount,
  offline,
  openBrowser,
  openStorage,
  password,
  REFRESH,
  signIn,
  times,
} from './client/browser.ts'

const service = runService()
const signedIn = () => signIn(service.url)

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

test('whoever registers or signs in is the user, and the listener is told once for each change', async () => {
  const browser = openBrowser(service.url)
  const tab = browser.openTab()
  const told: unknown[] = []
  const stop = tab.subscribe((user) => told.push(user?.username ?? null))
  const { username, email } = newAccount()
  expect(tab.user).toBeNull()

  const { data, response } = await tab.register({ username, email, password })
  expect(response.status).toBe(201)
  expect(data).toEqual(tab.user)
  expect(tab.user).toMatchObject({ username, email })
  await tab.signOut()
  expect(tab.user).toBeNull()
  await tab.signIn({ username, password })
  stop()
  await tab.signOut()
  expect(told).toEqual([username, null, username])
})

test('a sign-in that fails is told as the service tells it, and changes nothing', async () => {
  const { tab, account, browser } = await signedIn()
  const before = tab.user
  const { data, error, response } = await tab.signIn({ username: account.username, password: 'not it' })
  expect(data).toBeUndefined()
  expect(error).toMatchObject({ type: '/problems/invalid-credentials', status: 401 })
  expect(response.status).toBe(401)
  expect(tab.user).toBe(before)
  expect(browser.times(REFRESH)).toBe(0)
})

test.each(['a storage', 'memory'])(
  '20 requests at once with a token that is over make one refresh, kept in %s',
  async (where) => {
    const browser = openBrowser(service.url)
    const tab = browser.openTab(where === 'memory' ? undefined : openStorage())
    await tab.register(newAccount())
    browser.killTokens()
    const answers = await Promise.all(times(20, () => tab.GET('/users/me')))
    expect(answers.map(({ response }) => response.status)).toEqual(times(20, () => 200))
    expect(browser.times(REFRESH)).toBe(1)
    expect(browser.times('GET /users/me')).toBe(40)
  },
)

test('a 401 that comes late, when the token is renewed already, refreshes no more', async () => {
  const { browser, tab } = await signedIn()
  browser.killTokens()
  browser.disturb('GET /posts', async (go) => {
    browser.disturb('GET /posts')
    const answer = await go()
    await tab.GET('/users/me')
    return answer
  })
  expect((await tab.GET('/posts')).response.status).toBe(200)
  expect(browser.sent.slice(1)).toEqual(['GET /posts', 'GET /users/me', REFRESH, 'GET /users/me', 'GET /posts'])
})

test('a token that is over by the clock is refreshed before it is sent', async () => {
  const { browser, tab } = await signedIn()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 900_000 })
  const answers = await Promise.all(times(20, () => tab.GET('/users/me')))
  expect(answers.map(({ response }) => response.status)).toEqual(times(20, () => 200))
  expect(browser.sent.slice(1)).toEqual([REFRESH, ...times(20, () => 'GET /users/me')])
})

test('a body is sent again as it was, and acts once', async () => {
  const { browser, tab } = await signedIn()
  browser.killTokens()
  const post = { title: '문', body: '작고, 잘 지켜진. 🚪\n'.repeat(5_000) }
  const { data, response } = await tab.POST('/posts', { body: post })
  expect(response.status).toBe(201)
  expect(data).toMatchObject(post)
  expect(browser.times('POST /posts')).toBe(2)
  const mine = await tab.GET('/posts', { params: { query: { author: tab.user?.username ?? '' } } })
  expect(mine.data?.items).toHaveLength(1)
})

test('a request is sent twice at most, whatever the service thinks of the new token', async () => {
  const { browser, tab } = await signedIn()
  browser.killTokens()
  browser.disturb(REFRESH, async (go) => {
    const answer = await go()
    browser.killTokens()
    return answer
  })
  const { response, error } = await tab.GET('/users/me')
  expect(response.status).toBe(401)
  expect(error).toMatchObject({ type: '/problems/invalid-token' })
  expect(browser.sent.slice(1)).toEqual(['GET /users/me', REFRESH, 'GET /users/me'])
})

test('a 401 for another reason is no reason to refresh, and a token of the caller’s own is left alone', async () => {
  const { browser, tab, account } = await signedIn()
  const wrong = await tab.POST('/users/login', { body: { username: account.username, password: 'not it' } })
  expect(wrong.error).toMatchObject({ type: '/problems/invalid-credentials' })
  const own = await tab.GET('/users/me', { headers: { Authorization: 'Bearer mine' } })
  expect(own.error).toMatchObject({ type: '/problems/invalid-token' })
  expect(browser.times(REFRESH)).toBe(0)
  expect(tab.user).not.toBeNull()
})

test('a session that was ended elsewhere signs out, and every caller sees the 401', async () => {
  const { browser, storage, tab, account } = await signedIn()
  const elsewhere = openBrowser(service.url).openTab()
  await elsewhere.signIn({ email: account.email, password })
  expect((await elsewhere.DELETE('/users/me/sessions')).response.status).toBe(204)

  const listener = vi.fn<(user: Me | null) => void>()
  tab.subscribe(listener)
  const answers = await Promise.all(times(20, () => tab.GET('/users/me')))
  for (const { error } of answers) expect(error).toMatchObject({ type: '/problems/invalid-token', status: 401 })
  expect(listener.mock.calls).toEqual([[null]])
  expect(tab.user).toBeNull()
  expect(storage.items.size).toBe(0)

  expect((await tab.GET('/users/me')).error).toMatchObject({ type: '/problems/unauthenticated' })
  expect((await tab.GET('/posts')).response.status).toBe(200)
  expect(browser.times(REFRESH)).toBe(1)
})

test('a network that fails during the refresh leaves the session as it is', async () => {
  const { browser, storage, tab } = await signedIn()
  const kept = [...storage.items]
  const listener = vi.fn<(user: Me | null) => void>()
  tab.subscribe(listener)
  browser.killTokens()
  browser.disturb(REFRESH, offline)
  const { error } = await tab.GET('/users/me')
  expect(error).toMatchObject({ type: '/problems/invalid-token' })
  expect(tab.user).not.toBeNull()
  expect([...storage.items]).toEqual(kept)

  browser.disturb(REFRESH)
  expect((await tab.GET('/users/me')).response.status).toBe(200)
  expect(listener).not.toHaveBeenCalled()
})

test('what stands between and answers in place of the service signs nobody out', async () => {
  const { browser, storage, tab } = await signedIn()
  browser.killTokens()
  for (const status of [200, 401, 403, 404, 502]) {
    browser.disturb(REFRESH, () => Promise.resolve(new Response('<h1>Welcome to the hotel</h1>', { status })))
    expect((await tab.GET('/users/me')).error).toMatchObject({ type: '/problems/invalid-token' })
    await expect(browser.openTab(storage).restore()).rejects.toThrow(/JSON|did not refresh/)
  }
  browser.disturb(REFRESH)
  expect((await tab.GET('/users/me')).response.status).toBe(200)
})

test('where the answer to a refresh is lost, the same refresh is asked for again at once', async () => {
  const { browser, storage, tab } = await signedIn()
  browser.killTokens()
  let lost = 0
  browser.disturb(REFRESH, async (go) => {
    const answer = await go()
    return lost++ ? answer : offline(go, new Request(browser.baseUrl))
  })
  expect((await tab.GET('/users/me')).response.status).toBe(200)
  expect(browser.times(REFRESH)).toBe(2)

  browser.killTokens()
  expect((await tab.GET('/users/me')).response.status).toBe(200)
  expect(await browser.openTab(storage).restore()).toEqual(tab.user)
})

test('after a reload the stored token restores the user, and requests made meanwhile wait for it', async () => {
  const { browser, storage, tab } = await signedIn()
  const reloaded = browser.openTab(storage)
  expect(reloaded.user).toBeNull()
  const [user, again, me] = await Promise.all([reloaded.restore(), reloaded.restore(), reloaded.GET('/users/me')])
  expect(user).toEqual(tab.user)
  expect(again).toEqual(user)
  expect(me.data).toEqual(user)
  expect(await reloaded.restore()).toBe(user)
  expect(browser.times(REFRESH)).toBe(1)
})

test('where nothing is stored nothing is asked, and what is stored and no token is thrown away', async () => {
  const browser = openBrowser(service.url)
  const storage = openStorage()
  expect(await browser.openTab(storage).restore()).toBeNull()
  expect(browser.sent).toEqual([])

  await browser.openTab(storage).register(newAccount())
  const [key = ''] = storage.items.keys()
  for (const garbage of ['garbage', 'x'.repeat(1000)]) {
    storage.setItem(key, garbage)
    expect(await browser.openTab(storage).restore()).toBeNull()
    expect(storage.items.size).toBe(0)
  }
})

test('restore throws where the service cannot be asked, and works when it can', async () => {
  const { browser, storage, account } = await signedIn()
  const reloaded = browser.openTab(storage)
  browser.disturb(REFRESH, offline)
  await expect(reloaded.restore()).rejects.toThrow('fetch failed')
  expect(storage.items.size).toBe(1)
  browser.disturb(REFRESH)
  expect(await reloaded.restore()).toMatchObject({ username: account.username })
})

test('the access token is in no storage', async () => {
  const { storage } = await signedIn()
  expect([...storage.items.values()]).toEqual([expect.stringMatching(/^[\w-]{22}\.0\.[\w-]{43}$/)])
})

test('signing out ends the session at the service, and forgets it here', async () => {
  const { browser, storage, tab } = await signedIn()
  const [[key = '', token = ''] = []] = storage.items
  await tab.signOut()
  expect(storage.items.size).toBe(0)
  expect((await tab.GET('/users/me')).error).toMatchObject({ type: '/problems/unauthenticated' })

  storage.setItem(key, token)
  expect(await browser.openTab(storage).restore()).toBeNull()
  await tab.signOut()
})

test('signing out without a network forgets the session here, and says that it may live on', async () => {
  const { browser, storage, tab } = await signedIn()
  browser.disturb('POST /users/logout', offline)
  await expect(tab.signOut()).rejects.toThrow('fetch failed')
  expect(tab.user).toBeNull()
  expect(storage.items.size).toBe(0)
})

test('signing out says so where the service did not end the session', async () => {
  const { browser, tab } = await signedIn()
  browser.disturb('POST /users/logout', () => Promise.resolve(new Response('<h1>Bad gateway</h1>', { status: 502 })))
  await expect(tab.signOut()).rejects.toThrow('did not end the session')
  expect(tab.user).toBeNull()
})

test('signing out with a token that is over ends the session too', async () => {
  const { browser, tab, account } = await signedIn()
  const elsewhere = openBrowser(service.url).openTab()
  await elsewhere.signIn({ username: account.username, password })
  browser.killTokens()
  await tab.signOut()
  expect(tab.user).toBeNull()
  expect((await elsewhere.GET('/users/me/sessions')).data?.items).toHaveLength(1)
})

test('a refresh that comes back late does not undo what another tab did meanwhile', async () => {
  const { browser, storage, tab } = await signedIn()
  const other = await signedIn()
  const second = browser.openTab(storage)
  browser.killTokens()
  browser.disturb(REFRESH, async (go) => {
    const answer = await go()
    await second.signIn({ username: other.account.username, password })
    await heard(tab, second)
    return answer
  })
  expect((await tab.GET('/users/me')).error).toMatchObject({ type: '/problems/invalid-token' })
  expect(tab.user).toEqual(second.user)
  expect(tab.user?.username).toBe(other.account.username)
  expect((await tab.GET('/users/me')).data).toEqual(second.user)
  expect(await browser.openTab(storage).restore()).toEqual(second.user)
})

test('what waited for a refresh is sent as who asked, whoever signed in meanwhile', async () => {
  const { browser, tab, account } = await signedIn()
  const other = await signedIn()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 900_000 })
  browser.disturb(REFRESH, async (go) => {
    await tab.signIn({ username: other.account.username, password })
    return go()
  })
  const { data } = await tab.POST('/posts', { body: { title: 'Mine', body: 'Nobody else’s.' } })
  expect(data?.author.username).toBe(account.username)
  expect(tab.user?.username).toBe(other.account.username)
})

test('what one user sent is never sent again as another', async () => {
  const { browser, tab } = await signedIn()
  const other = await signedIn()
  browser.killTokens()
  browser.disturb('POST /posts', async (go) => {
    const answer = await go()
    await tab.signIn({ username: other.account.username, password })
    return answer
  })
  const { error } = await tab.POST('/posts', { body: { title: 'Mine', body: 'Nobody else’s.' } })
  expect(error).toMatchObject({ type: '/problems/invalid-token' })
  expect(browser.times('POST /posts')).toBe(1)
  expect(tab.user?.username).toBe(other.account.username)
})

test('the user is as the last answer about them says, and gone with the account', async () => {
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

test('an answer about the user that comes after they signed out signs nobody in', async () => {
  const { browser, tab } = await signedIn()
  browser.disturb('GET /users/me', async (go) => {
    const answer = await go()
    await tab.signOut()
    return answer
  })
  expect((await tab.GET('/users/me')).response.status).toBe(200)
  expect(tab.user).toBeNull()
})

test('a refresh that is not answered is given up, and asked for again while its answer is still to be had', async () => {
  const { browser, tab } = await signedIn()
  browser.killTokens()
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  const patience = vi.spyOn(AbortSignal, 'timeout').mockImplementationOnce(() => timeout(50))
  browser.disturb(REFRESH, (_, { signal }) => {
    browser.disturb(REFRESH)
    return new Promise((__, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  expect((await tab.GET('/users/me')).response.status).toBe(200)
  expect(browser.times(REFRESH)).toBe(2)
  expect(patience.mock.calls.flat().reduce((sum, milliseconds) => sum + milliseconds)).toBeLessThan(30_000)
})
