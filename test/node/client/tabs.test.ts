/** Tabs that share a storage or a cookie sign in and out together, and make one refresh. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Me, PosternClient } from '../../../packages/client/src/client.ts'
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
  times,
  untilSynced,
} from './browser.ts'

const service = runService()

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('two tabs that share a storage', () => {
  /** Two tabs that are signed in to the same account with the same access token. */
  async function twoTabs() {
    const browser = openBrowser(service.url)
    const storage = openStorage()
    const tabs = [browser.openTab(storage), browser.openTab(storage)] as const
    const account = newAccount()
    await tabs[0].register(account)
    await untilSynced(tabs[1], tabs[0])
    return { browser, storage, tabs, account }
  }

  const everywhere = (tabs: readonly PosternClient[]) =>
    Promise.all(tabs.flatMap((tab) => times(10, () => tab.GET('/users/me'))))

  test('make one refresh', async () => {
    const { browser, tabs } = await twoTabs()
    browser.expireTokens()
    for (const { response } of await everywhere(tabs)) expect(response?.status).toBe(200)
    expect(browser.times(REFRESH)).toBe(1)
    await everywhere(tabs)
    expect(browser.times('GET /users/me')).toBe(60)
  })

  test('sign in and out together', async () => {
    const { storage, browser, tabs, account } = await twoTabs()
    const [first, second] = tabs
    const stranger = browser.openTab(openStorage())
    await stranger.register(newAccount())
    const listener = vi.fn<(user: Me | null) => void>()
    second.subscribe(listener)

    await first.signOut()
    await untilSynced(second, first)
    expect(second.user).toBeNull()
    expect(storage.items.size).toBe(0)
    await first.signIn({ email: account.email, password })
    await untilSynced(second, first)
    expect((await second.GET('/users/me')).data).toEqual(first.user)
    expect(listener.mock.calls).toEqual([[null], [first.user]])
    expect(browser.times(REFRESH)).toBe(0)
    expect(stranger.user).not.toBeNull()
    expect(stranger.user).not.toEqual(first.user)
  })

  test('if the refresh of one tab fails without a network, the other tab refreshes', async () => {
    const { browser, tabs } = await twoTabs()
    browser.expireTokens()
    let tries = 0
    browser.intercept(REFRESH, (go, request) => (++tries <= 2 ? offline(go, request) : go()))
    const results = await Promise.all(tabs.map((tab) => tab.GET('/users/me')))
    expect(results.map(({ error }) => error?.code ?? 'none').toSorted()).toEqual(['network', 'none'])
    expect(tries).toBe(3)
    for (const tab of tabs) expect(tab.user).not.toBeNull()
  })
})

describe('two tabs that share a storage and have neither locks nor channels', () => {
  async function twoTabs() {
    vi.stubGlobal('navigator', undefined)
    vi.stubGlobal('BroadcastChannel', undefined)
    const { browser, storage, tab } = await signIn(service.url)
    const second = browser.openTab(storage)
    expect(await restored(second)).toEqual(tab.user)
    return { browser, storage, tabs: [tab, second] as const }
  }

  test('stay signed in, because the service returns the same tokens to both', async () => {
    const { browser, storage, tabs } = await twoTabs()
    for (let round = 1; round <= 3; round++) {
      browser.expireTokens()
      const results = await Promise.all(tabs.map((tab) => tab.GET('/users/me')))
      for (const { response } of results) expect(response?.status).toBe(200)
    }
    expect(await restored(browser.openTab(storage))).toEqual(tabs[0].user)
  })

  test('do not delete the token that the other tab has stored', async () => {
    const { browser, storage, tabs } = await twoTabs()
    const [first, second] = tabs
    const other = await signIn(service.url)
    await second.DELETE('/users/me/sessions/{id}', { params: { path: { id: await sessionOf(second) } } })
    browser.intercept(REFRESH, async (go) => {
      const response = await go()
      await second.signIn({ username: other.account.username, password })
      return response
    })
    expect((await first.GET('/users/me')).error).toMatchObject({ code: 'invalid-token' })
    browser.intercept(REFRESH)
    expect(await restored(browser.openTab(storage))).toEqual(other.tab.user)
  })
})

async function sessionOf(tab: PosternClient): Promise<string> {
  const { data } = await tab.GET('/users/me/sessions')
  return data?.items.find(({ current }) => current)?.id ?? ''
}

describe('with the refresh token in a cookie', () => {
  async function signedInByCookie() {
    const browser = openBrowser(service.url)
    const tab = browser.openCookieTab()
    const account = newAccount()
    expect(await tab.register(account)).toHaveProperty('data.username', account.username)
    return { browser, tab, account }
  }

  test('the page has no refresh token, and a reload restores the user', async () => {
    const { browser, tab, account } = await signedInByCookie()
    expect([...browser.cookies]).toEqual([['__Host-refresh', expect.stringMatching(/^[\w-]{22}\.0\.[\w-]{43}$/)]])
    browser.expireTokens()
    const reloaded = browser.openCookieTab()
    const results = Promise.all(times(20, () => tab.GET('/users/me')))
    expect(await restored(reloaded)).toMatchObject({ username: account.username })
    for (const { response } of await results) expect(response?.status).toBe(200)
    expect(browser.times(REFRESH)).toBe(1)
    expect(browser.cookies.get('__Host-refresh')).toContain('.1.')
  })

  test('only requests that need the cookie include credentials', async () => {
    const { browser, tab, account } = await signedInByCookie()
    browser.expireTokens()
    await tab.POST('/posts', { body: { title: 'A gate', body: 'In a wall.' } })
    await tab.GET('/posts')
    await tab.signOut()
    expect(browser.cookies.size).toBe(0)
    await tab.signIn({ email: account.email, password })
    expect(browser.cookies.size).toBe(1)
    await tab.POST('/users/me/delete', { body: { current_password: password } })
    expect(browser.cookies.size).toBe(0)
    expect([...browser.withCookies]).toEqual([
      'POST /users/register',
      REFRESH,
      'POST /users/logout',
      'POST /users/login',
      'POST /users/me/delete',
    ])
  })

  test('tabs sign in and out together', async () => {
    const { browser, tab, account } = await signedInByCookie()
    const second = browser.openCookieTab()
    const visitor = openBrowser(service.url).openCookieTab()
    await tab.signIn({ username: account.username, password })
    await untilSynced(second, tab)
    expect((await second.GET('/users/me')).data).toEqual(tab.user)
    await second.signOut()
    await untilSynced(tab, second)
    expect(tab.user).toBeNull()
    expect(await restored(browser.openCookieTab())).toBeNull()
    expect(visitor.user).toBeNull()
  })

  test('a session that was ended elsewhere signs out, and the request returns the 401', async () => {
    const { browser, tab, account } = await signedInByCookie()
    const elsewhere = openBrowser(service.url).openTab()
    await elsewhere.signIn({ email: account.email, password })
    await elsewhere.DELETE('/users/me/sessions')
    expect((await tab.GET('/users/me')).error).toMatchObject({ code: 'invalid-token' })
    expect(tab.user).toBeNull()
    expect(browser.times(REFRESH)).toBe(1)
  })

  test('a network error during the refresh does not change the session', async () => {
    const { browser, tab } = await signedInByCookie()
    browser.expireTokens()
    browser.intercept(REFRESH, offline)
    expect((await tab.GET('/users/me')).error).toMatchObject({ code: 'network' })
    expect(await browser.openCookieTab().restore()).toMatchObject({ error: { code: 'network' } })
    browser.intercept(REFRESH)
    expect((await tab.GET('/users/me')).data).toEqual(tab.user)
  })

  test('a page of another origin gets origin-not-allowed and is not signed out', async () => {
    const { browser } = await signedInByCookie()
    const unlisted = openBrowser(service.url, 'https://elsewhere.example')
    for (const [key, value] of browser.cookies) unlisted.cookies.set(key, value)
    const tab = unlisted.openCookieTab()
    expect(await tab.register(newAccount())).toHaveProperty('error.code', 'origin-not-allowed')
    expect(await tab.restore({ force: true })).toMatchObject({ error: { code: 'origin-not-allowed' } })
    expect(await restored(browser.openCookieTab())).not.toBeNull()
  })

  test('restore sends no request for a visitor who never signed in', async () => {
    const browser = openBrowser(service.url)
    expect(await restored(browser.openCookieTab())).toBeNull()
    expect(browser.sent).toEqual([])
    const { data } = await browser.openCookieTab().restore({ force: true })
    expect(data).toBeNull()
    expect(browser.sent).toEqual([REFRESH])
    expect(browser.localStorage.items.size).toBe(0)
  })

  test('in cookie mode the storage has no secret, and is empty after the sign-out', async () => {
    const { browser, tab } = await signedInByCookie()
    expect([...browser.localStorage.items.values()]).toEqual([expect.stringMatching(/^[0-9a-f]{32} $/)])
    await tab.signOut()
    expect(browser.localStorage.items.size).toBe(0)
    expect(await restored(browser.openCookieTab())).toBeNull()
    expect(browser.times(REFRESH)).toBe(0)
  })
})
