/** The service in a real browser: its own pages, and pages of other origins that run the code of the guide. */
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findChromium, PATIENCE } from './browser/chromium.ts'
import { ask, callWithExpiredToken, enter, setToken, isSignedIn, leave, refresh } from './browser/in-page.ts'
import { newPerson, registerPerson } from './browser/people.ts'
import { setStage, type Stage } from './browser/stage.ts'

declare const document: { cookie: string; body: object; forms: { submit(): void }[] }
declare const getComputedStyle: (of: object) => { maxWidth: string }

const chromium = findChromium()

describe.skipIf(!chromium)('in Chromium', () => {
  let stage: Stage
  let context: BrowserContext

  beforeAll(async () => {
    stage = await setStage(chromium ?? '')
  }, 120_000)
  afterAll(() => stage?.clear())
  beforeEach(async () => {
    context = await stage.browser.newContext()
    context.setDefaultTimeout(PATIENCE)
    context.setDefaultTimeout(60_000)
  })
  afterEach(async () => {
    stage.proxy.setMaxDelay(0)
    await context.close()
  })

  async function open(url: string): Promise<Page> {
    const page = await context.newPage()
    await page.goto(url)
    return page
  }

  describe('the pages of the service', () => {
    let requests: string[]
    let complaints: string[]

    beforeEach(async () => {
      requests = []
      complaints = []
      context.on('request', (request) => requests.push(request.url()))
      context.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
      })
      context.on('weberror', (error) => complaints.push(error.error().message))
      await context.addInitScript(
        `addEventListener('securitypolicyviolation', (event) => console.error(event.violatedDirective, event.blockedURI))`,
      )
    })

    const elsewhere = () => requests.filter((url) => !url.startsWith(`${stage.url}/`) && !url.startsWith('data:'))

    test('/docs loads only files of the service, and can send a request with a token', async () => {
      const { username, access_token } = await registerPerson(stage.url)
      const page = await open(`${stage.url}/docs`)

      await page.locator('.auth-wrapper .authorize').click()
      const bearer = page.locator('.auth-container', { hasText: 'bearer' })
      await bearer.locator('input').fill(access_token)
      await bearer.getByRole('button', { name: 'Apply credentials' }).click()
      await bearer.getByRole('button', { name: 'Close', exact: true }).click()

      const route = page.locator('.opblock-get', { has: page.locator('[data-path="/users/me"]') })
      await route.locator('.opblock-summary-control').click()
      await route.getByRole('button', { name: 'Execute' }).click()
      const response = route.locator('.live-responses-table')
      await response.getByText(`"${username}"`).waitFor()
      expect(await response.locator('.response .response-col_status').first().innerText()).toContain('200')

      expect(requests).toContain(`${stage.url}/users/me`)
      expect(elsewhere()).toEqual([])
      expect(complaints).toEqual([])
    })

    test.each([
      ['/', 'Postern'],
      ['/problems', 'Problem types'],
      ['/problems/forbidden', 'Forbidden'],
      ['/docs/guides/errors', 'Errors'],
    ])('%s is a styled page without blocked content', async (path, title) => {
      const page = await open(stage.url + path)
      expect(await page.locator('h1').innerText()).toBe(title)
      expect(await page.evaluate(() => getComputedStyle(document.body).maxWidth)).toBe('736px')
      expect(elsewhere()).toEqual([])
      expect(complaints).toEqual([])
    })
  })

  describe.each([
    { site: 'another site', host: 'localhost', sameSite: 'None', partitionKey: 'http://localhost' },
    { site: 'the same site', host: '127.0.0.1', sameSite: 'Strict', partitionKey: undefined },
  ])('a page of $site', ({ host, sameSite, partitionKey }) => {
    /** A page that has tried to refresh when it was loaded. */
    async function openAt(port: number) {
      const page = await open(`http://${host}:${port}/page`)
      await isSignedIn(page)
      return page
    }

    async function signedIn() {
      const page = await openAt(stage.listed)
      expect(await enter(page, await registerPerson(stage.url))).toBe(true)
      return page
    }

    const lastRefresh = () => stage.proxy.passed.findLast(({ request }) => request === 'POST /users/refresh')

    /** The only cookie. */
    async function cookie() {
      const cookies = await context.cookies()
      expect(cookies.map(({ name }) => name)).toEqual(['__Host-refresh'])
      const [only] = cookies
      return { ...only, value: only?.value, counter: Number(only?.value.split('.')[1]) }
    }

    test('registers, signs in, reloads, writes and signs out', async () => {
      const page = await openAt(stage.listed)
      expect(await isSignedIn(page)).toBe(false)

      const person = newPerson()
      const registered = await ask(page, 'POST', '/users/register', { ...person, session: 'cookie' })
      expect(registered).toMatchObject({ status: 201, body: { user: { username: person.username } } })
      expect(registered.body).not.toHaveProperty('refresh_token')
      const first = await cookie()
      expect(await enter(page, person)).toBe(true)
      const second = await cookie()
      expect(second.value).not.toBe(first.value)
      expect(second).toMatchObject({ httpOnly: true, secure: true, path: '/', domain: '127.0.0.1', sameSite })
      expect(second.partitionKey).toBe(partitionKey)
      expect(await page.evaluate(() => document.cookie)).toBe('')

      await page.reload()
      expect(await isSignedIn(page)).toBe(true)
      expect((await cookie()).counter).toBe(second.counter + 1)
      expect(await page.evaluate(() => document.cookie)).toBe('')

      const post = { title: 'A gate in a wall', body: 'Small, and well guarded.' }
      const { status, etag, location } = await ask(page, 'POST', '/posts', post)
      expect(status).toBe(201)
      expect(etag).toMatch(/^".+"$/)
      expect(location).toMatch(/^\/posts\/\d+$/)
      const author = { username: person.username }
      expect(await ask(page, 'GET', location ?? '')).toMatchObject({ status: 200, etag, body: { ...post, author } })

      const kept = await context.cookies()
      expect(await leave(page)).toBe(204)
      expect(await context.cookies()).toEqual([])
      expect(await refresh(page)).toBe(401)
      await context.addCookies(kept)
      expect(await refresh(page)).toBe(401)
      expect(lastRefresh()).toMatchObject({ cookie: kept[0]?.value })
      await page.reload()
      expect(await isSignedIn(page)).toBe(false)
    })

    test('refreshes once for all calls with an expired access token', async () => {
      const page = await signedIn()
      const { counter } = await cookie()
      expect(await callWithExpiredToken(page, 10)).toEqual(Array.from({ length: 10 }, () => 200))
      expect((await cookie()).counter).toBe(counter + 1)
    })

    test('cannot sign in or read if its origin is not allowed, and gets no cookie', async () => {
      const page = await openAt(stage.unlisted)
      const complaints: string[] = []
      page.on('console', (message) => void complaints.push(message.text()))
      const victim = await registerPerson(stage.url)
      const { email, password } = victim
      const person = newPerson()
      const tries: Parameters<typeof ask>[] = [
        [page, 'GET', '/'],
        [page, 'GET', '/posts'],
        [page, 'POST', '/users/register', { ...person, session: 'cookie' }],
        [page, 'POST', '/users/register', person],
        [page, 'POST', '/users/login', { email, password, session: 'cookie' }],
        [page, 'POST', '/users/login', { email, password }],
        [page, 'POST', '/users/refresh'],
        [page, 'GET', '/users/me'],
        [page, 'POST', '/posts', { title: 'Not from here', body: 'At all.' }],
        [page, 'POST', '/users/logout'],
      ]
      // Not even with a valid token.
      for (const held of ['', victim.access_token]) {
        await setToken(page, held)
        for (const given of tries) await expect(ask(...given)).rejects.toThrow('Failed to fetch')
      }
      const refused = () => complaints.filter((text) => text.includes('blocked by CORS policy')).length
      await expect.poll(refused, { timeout: 30_000 }).toBe(2 * tries.length)
      expect(await context.cookies()).toEqual([])

      const headers = { Authorization: `Bearer ${victim.access_token}` }
      expect((await fetch(`${stage.url}/users/me`, { headers })).status).toBe(200)
      expect((await fetch(`${stage.url}/users/${person.username}`)).status).toBe(404)
    })

    test('a page of another origin cannot refresh, although the browser sends the cookie', async () => {
      const page = await signedIn()
      const before = await cookie()
      const sessions = await ask(page, 'GET', '/users/me/sessions')
      expect(sessions.body.items).toHaveLength(2)

      const stranger = await openAt(stage.unlisted)
      const refused = { origin: `http://${host}:${stage.unlisted}`, status: 403 }
      await expect(refresh(stranger)).rejects.toThrow('Failed to fetch')
      expect(lastRefresh()).toMatchObject({ ...refused, cookie: before.value })
      await expect(refresh(stranger, 'no-cors')).rejects.toThrow('Failed to fetch')
      expect(lastRefresh()).toMatchObject({ ...refused, cookie: before.value })

      // The session is unchanged, including `last_used_at`.
      expect((await ask(page, 'GET', '/users/me/sessions')).body).toEqual(sessions.body)
      expect((await cookie()).value).toBe(before.value)
      expect(await refresh(page)).toBe(200)
      expect((await cookie()).counter).toBe(before.counter + 1)
    })

    test('a form on any page cannot refresh', async () => {
      const page = await signedIn()
      const { value } = await cookie()
      for (const port of [stage.unlisted, stage.listed]) {
        const form = await open(`http://${host}:${port}/bare`)
        await form.setContent(`<form method="post" action="${stage.proxy.url}/users/refresh"></form>`)
        await form.evaluate(() => document.forms[0]?.submit())
        await form.waitForURL(`${stage.proxy.url}/users/refresh`)
        // A navigation sends the cookie of the same site, and not that of another site.
        const sent = sameSite === 'Strict' ? value : undefined
        expect(lastRefresh()).toMatchObject({ origin: `http://${host}:${port}`, cookie: sent, status: 403 })
      }
      expect((await cookie()).value).toBe(value)
      expect(await refresh(page)).toBe(200)
    })

    test('stays signed in when two tabs repeatedly refresh at once', async () => {
      const page = await signedIn()
      const tabs = [page, await openAt(stage.listed)]
      const { length } = stage.proxy.passed
      stage.proxy.setMaxDelay(50)
      for (let round = 0; round < 15; round++) {
        expect(await Promise.all(tabs.map((tab) => refresh(tab)))).toEqual([200, 200])
      }
      const sent = stage.proxy.passed.slice(length).map((passed) => passed.cookie)
      expect(sent).toHaveLength(30)
      // Truly concurrent refreshes sent the same token.
      expect(new Set(sent).size).toBeLessThan(30)
      expect(await refresh(page)).toBe(200)
    })

    test('tabs refresh one after the other on a slow connection', async () => {
      const tabs = [await signedIn(), await openAt(stage.listed)]
      const { length } = stage.proxy.passed
      stage.proxy.setMaxDelay(150)
      for (let round = 0; round < 2; round++) {
        await Promise.all(tabs.map((tab) => tab.reload()))
        expect(await Promise.all(tabs.map(isSignedIn))).toEqual([true, true])
        const statuses = await Promise.all(tabs.map((tab) => callWithExpiredToken(tab, 6)))
        expect(new Set(statuses.flat())).toEqual(new Set([200]))
      }
      const refreshes = stage.proxy.passed.slice(length).filter(({ request }) => request === 'POST /users/refresh')
      // Two tabs, two rounds: a page load, and an expired token.
      expect(refreshes).toHaveLength(8)
      expect(refreshes.filter(({ others }) => others > 0)).toEqual([])
    })
  })

  test('this browser blocks third-party cookies, but not the partitioned cookie of a page on another site', async () => {
    const page = await open(`http://localhost:${stage.listed}/page`)
    await page.evaluate(
      (url) => fetch(url, { mode: 'no-cors', credentials: 'include' }).then(() => undefined),
      `http://127.0.0.1:${stage.listed}/third-party`,
    )
    expect(await enter(page, await registerPerson(stage.url))).toBe(true)
    expect((await context.cookies()).map(({ name }) => name)).toEqual(['__Host-refresh'])
  })
})
