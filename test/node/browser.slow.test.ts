/** The service as a real browser has it: its own pages, and pages of other origins that run the code of the guide. */
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findChromium, PATIENCE } from './browser/chromium.ts'
import { ask, askLate, enter, hold, isSignedIn, leave, refresh } from './browser/in-page.ts'
import { nobody, somebody } from './browser/people.ts'
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
    stage.line.slow(0)
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

    test('/docs loads nothing from elsewhere, and a route can be tried there with a token', async () => {
      const { username, access_token } = await somebody(stage.url)
      const page = await open(`${stage.url}/docs`)

      await page.locator('.auth-wrapper .authorize').click()
      const bearer = page.locator('.auth-container', { hasText: 'bearer' })
      await bearer.locator('input').fill(access_token)
      await bearer.getByRole('button', { name: 'Apply credentials' }).click()
      await bearer.getByRole('button', { name: 'Close', exact: true }).click()

      const route = page.locator('.opblock-get', { has: page.locator('[data-path="/users/me"]') })
      await route.locator('.opblock-summary-control').click()
      await route.getByRole('button', { name: 'Execute' }).click()
      const answer = route.locator('.live-responses-table')
      await answer.getByText(`"${username}"`).waitFor()
      expect(await answer.locator('.response .response-col_status').first().innerText()).toContain('200')

      expect(requests).toContain(`${stage.url}/users/me`)
      expect(elsewhere()).toEqual([])
      expect(complaints).toEqual([])
    })

    test.each([
      ['/', 'Postern'],
      ['/problems', 'Problem types'],
      ['/problems/forbidden', 'Forbidden'],
      ['/docs/guides/errors', 'Errors'],
    ])('%s is a page with a style, and nothing in it is refused', async (path, title) => {
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
    /** A page that has tried to refresh, as it does when it is loaded. */
    async function openAt(port: number) {
      const page = await open(`http://${host}:${port}/page`)
      await isSignedIn(page)
      return page
    }

    async function signedIn() {
      const page = await openAt(stage.listed)
      expect(await enter(page, await somebody(stage.url))).toBe(true)
      return page
    }

    const lastRefresh = () => stage.line.passed.findLast(({ request }) => request === 'POST /users/refresh')

    /** The one cookie that there is. */
    async function cookie() {
      const cookies = await context.cookies()
      expect(cookies.map(({ name }) => name)).toEqual(['__Host-refresh'])
      const [only] = cookies
      return { ...only, value: only?.value, counter: Number(only?.value.split('.')[1]) }
    }

    test('registers, signs in, is loaded anew, writes and signs out', async () => {
      const page = await openAt(stage.listed)
      expect(await isSignedIn(page)).toBe(false)

      const person = nobody()
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

    test('refreshes once for all the calls that find its access token to be over', async () => {
      const page = await signedIn()
      const { counter } = await cookie()
      expect(await askLate(page, 10)).toEqual(Array.from({ length: 10 }, () => 200))
      expect((await cookie()).counter).toBe(counter + 1)
    })

    test('can do none of it where its origin is not listed, and gets no cookie', async () => {
      const page = await openAt(stage.strange)
      const complaints: string[] = []
      page.on('console', (message) => void complaints.push(message.text()))
      const victim = await somebody(stage.url)
      const { email, password } = victim
      const person = nobody()
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
      // Even with a token that it has from somewhere.
      for (const held of ['', victim.access_token]) {
        await hold(page, held)
        for (const given of tries) await expect(ask(...given)).rejects.toThrow('Failed to fetch')
      }
      const refused = () => complaints.filter((text) => text.includes('blocked by CORS policy')).length
      await expect.poll(refused, { timeout: 30_000 }).toBe(2 * tries.length)
      expect(await context.cookies()).toEqual([])

      const headers = { Authorization: `Bearer ${victim.access_token}` }
      expect((await fetch(`${stage.url}/users/me`, { headers })).status).toBe(200)
      expect((await fetch(`${stage.url}/users/${person.username}`)).status).toBe(404)
    })

    test('keeps its session from a page that is not listed, though the browser sends the cookie along', async () => {
      const page = await signedIn()
      const before = await cookie()
      const sessions = await ask(page, 'GET', '/users/me/sessions')
      expect(sessions.body.items).toHaveLength(2)

      const stranger = await openAt(stage.strange)
      const refused = { origin: `http://${host}:${stage.strange}`, status: 403 }
      await expect(refresh(stranger)).rejects.toThrow('Failed to fetch')
      expect(lastRefresh()).toMatchObject({ ...refused, cookie: before.value })
      await expect(refresh(stranger, 'no-cors')).rejects.toThrow('Failed to fetch')
      expect(lastRefresh()).toMatchObject({ ...refused, cookie: before.value })

      // `last_used_at` and all: nothing was rotated.
      expect((await ask(page, 'GET', '/users/me/sessions')).body).toEqual(sessions.body)
      expect((await cookie()).value).toBe(before.value)
      expect(await refresh(page)).toBe(200)
      expect((await cookie()).counter).toBe(before.counter + 1)
    })

    test('keeps its session from a form, on whichever page it is', async () => {
      const page = await signedIn()
      const { value } = await cookie()
      for (const port of [stage.strange, stage.listed]) {
        const form = await open(`http://${host}:${port}/bare`)
        await form.setContent(`<form method="post" action="${stage.line.url}/users/refresh"></form>`)
        await form.evaluate(() => document.forms[0]?.submit())
        await form.waitForURL(`${stage.line.url}/users/refresh`)
        // A navigation has the cookie of the service's own site with it, not the one of another.
        const sent = sameSite === 'Strict' ? value : undefined
        expect(lastRefresh()).toMatchObject({ origin: `http://${host}:${port}`, cookie: sent, status: 403 })
      }
      expect((await cookie()).value).toBe(value)
      expect(await refresh(page)).toBe(200)
    })

    test('stays signed in when two tabs refresh at once, time and again', async () => {
      const page = await signedIn()
      const tabs = [page, await openAt(stage.listed)]
      const { length } = stage.line.passed
      stage.line.slow(50)
      for (let round = 0; round < 15; round++) {
        expect(await Promise.all(tabs.map((tab) => refresh(tab)))).toEqual([200, 200])
      }
      const sent = stage.line.passed.slice(length).map((passed) => passed.cookie)
      expect(sent).toHaveLength(30)
      // Two that were truly at once sent the same.
      expect(new Set(sent).size).toBeLessThan(30)
      expect(await refresh(page)).toBe(200)
    })

    test('takes turns with its other tabs, on a slow line', async () => {
      const tabs = [await signedIn(), await openAt(stage.listed)]
      const { length } = stage.line.passed
      stage.line.slow(150)
      for (let round = 0; round < 2; round++) {
        await Promise.all(tabs.map((tab) => tab.reload()))
        expect(await Promise.all(tabs.map(isSignedIn))).toEqual([true, true])
        const statuses = await Promise.all(tabs.map((tab) => askLate(tab, 6)))
        expect(new Set(statuses.flat())).toEqual(new Set([200]))
      }
      const refreshes = stage.line.passed.slice(length).filter(({ request }) => request === 'POST /users/refresh')
      // Two tabs, two rounds: a load, and a token that is over.
      expect(refreshes).toHaveLength(8)
      expect(refreshes.filter(({ others }) => others > 0)).toEqual([])
    })
  })

  test('a third party’s cookie is blocked in this browser, and the session of a page of another site is not', async () => {
    const page = await open(`http://localhost:${stage.listed}/page`)
    await page.evaluate(
      (url) => fetch(url, { mode: 'no-cors', credentials: 'include' }).then(() => undefined),
      `http://127.0.0.1:${stage.listed}/third-party`,
    )
    expect(await enter(page, await somebody(stage.url))).toBe(true)
    expect((await context.cookies()).map(({ name }) => name)).toEqual(['__Host-refresh'])
  })
})
