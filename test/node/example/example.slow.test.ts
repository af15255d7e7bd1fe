/** The example app in Chromium, on another origin than the service: all features for members, with cookie and token sessions. */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import axe from 'axe-core'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findChromium } from '../browser/chromium.ts'
import { setStage, type Stage } from './stage.ts'

declare const axeResults: { violations: { id: string; impact: string | null; nodes: { html: string }[] }[] }

const chromium = findChromium()
const password = 'a passphrase nobody uses'

describe.skipIf(!chromium)('the example app', () => {
  let stage: Stage
  let context: BrowserContext
  let complaints: string[]
  let count = 0

  beforeAll(async () => {
    stage = await setStage(chromium ?? '')
  }, 180_000)
  afterAll(() => stage?.clear())
  beforeEach(async () => {
    complaints = []
    context = await stage.browser.newContext({ viewport: { width: 1280, height: 900 } })
    context.setDefaultTimeout(30_000)
    context.on('weberror', (error) => complaints.push(error.error().message))
  })
  afterEach(async () => {
    await context.close()
    if (complaints.length > 0) throw new Error(complaints.join('\n'))
  })

  async function open(url: string) {
    const page = await context.newPage()
    await page.goto(url)
    return page
  }

  const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor()
  const fill = async (page: Page, values: Record<string, string>) => {
    for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value)
  }
  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

  async function register(page: Page, origin: string) {
    const username = `member${++count}`
    await page.goto(`${origin}/register`)
    await fill(page, { Username: username, 'E-mail address': `${username}@example.com`, Password: password })
    await press(page, 'Register')
    await page.getByRole('link', { name: username }).waitFor()
    return { username, email: `${username}@example.com` }
  }

  /** Checks that axe finds nothing serious or critical. */
  async function expectAccessible(page: Page) {
    await page.evaluate(axe.source)
    await page.evaluate('axe.run().then((results) => { globalThis.axeResults = results })')
    const { violations } = await page.evaluate(() => axeResults)
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
  }

  test('has at most 60 kB compressed, without its framework', async () => {
    const assets = join(stage.directories.cookie, 'assets')
    const files = (await readdir(assets)).filter((file) => !file.startsWith('react-'))
    const sizes = await Promise.all(files.map(async (file) => gzipSync(await readFile(join(assets, file))).length))
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    process.stdout.write(`The example app: ${bytes} bytes without React, gzipped\n`)
    expect(files).toHaveLength(2)
    expect(bytes).toBeLessThan(60_000)
  })

  test('an anonymous visit requests only the list and logs no error', async () => {
    const requests: string[] = []
    context.on('request', (request) => requests.push(`${request.method()} ${request.url()}`))
    context.on('console', (message) => {
      if (message.type() !== 'log') complaints.push(message.text())
    })
    const page = await open(stage.origins.cookie)
    await heading(page, 'Posts')
    await page
      .getByText(/Nothing here yet|member/)
      .first()
      .waitFor()
    expect(requests.filter((request) => request.includes(stage.service)).length).toBeGreaterThan(0)
    expect(requests.filter((request) => /users/.test(request))).toEqual([])
  })

  test.each(['cookie', 'token'] as const)(
    'a member writes, edits, publishes and signs out in all tabs, with a %s session',
    async (session) => {
      const origin = stage.origins[session]
      const page = await open(origin)
      const { username } = await register(page, origin)

      // Errors of the service are shown at their fields, and the first field has the focus.
      await page.getByRole('link', { name: 'Write' }).click()
      await press(page, 'Publish')
      const title = page.getByLabel('Title', { exact: true })
      await expect.poll(() => title.getAttribute('aria-invalid')).toBe('true')
      await expect.poll(() => title.evaluate((element) => element.matches(':focus'))).toBe(true)
      await expectAccessible(page)

      await fill(page, { Title: `A draft of ${username}`, Text: 'Not finished.' })
      await press(page, 'Save as draft')
      await heading(page, `A draft of ${username}`)
      await page.getByText('This is: draft').waitFor()
      await press(page, 'Publish now')
      await page.getByText('Make it a draft again').waitFor()
      await press(page, 'Make it a draft again')
      await page.getByLabel('Publish at').fill('2099-01-01T09:00')
      await press(page, 'Schedule')
      await page.getByText('scheduled for').first().waitFor()

      // Two tabs edit the same version: the second shows the change of the first.
      const edit = `${page.url()}/edit`
      const other = await open(edit)
      await page.goto(edit)
      await fill(other, { Title: 'Written in the other tab' })
      await press(other, 'Save')
      await heading(other, 'Written in the other tab')
      await fill(page, { Title: 'Written in this tab' })
      await press(page, 'Save')
      await page.getByText('Somebody changed this while you edited it').waitFor()
      await page.getByRole('heading', { name: 'Written in the other tab' }).waitFor()
      await expectAccessible(page)
      await press(page, 'Replace it with mine')
      await heading(page, 'Written in this tab')

      // A reload keeps the session. Signing out ends it in both tabs.
      await page.reload()
      await page.getByRole('link', { name: username }).waitFor()
      await press(page, 'Sign out')
      await other.getByRole('link', { name: 'Sign in', exact: true }).first().waitFor()
      await other.reload()
      await other.getByRole('link', { name: 'Sign in', exact: true }).first().waitFor()
      expect(await context.cookies(stage.service)).toEqual([])

      await page.goto(`${origin}/sign-in`)
      await fill(page, { 'Username or e-mail address': username, Password: 'not the password' })
      await press(page, 'Sign in')
      await page.getByRole('alert').getByText('The name or the password is wrong.').waitFor()
      await fill(page, { Password: password })
      await press(page, 'Sign in')
      await page.getByRole('link', { name: username }).waitFor()
    },
  )

  test('a list loads further pages, and a search finds items', async () => {
    const page = await open(stage.origins.cookie)
    const { username } = await register(page, stage.origins.cookie)
    const login = { method: 'POST', headers: { 'Content-Type': 'application/json' } }
    const signedIn = await fetch(`${stage.service}/users/login`, {
      ...login,
      body: JSON.stringify({ username, password }),
    })
    const { access_token } = JSON.parse(await signedIn.text())
    for (let at = 0; at < 45; at++) {
      const body = JSON.stringify({ title: `Numbered ${at}`, body: 'One of many.', visibility: 'public' })
      const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${access_token}` }
      await fetch(`${stage.service}/posts`, { method: 'POST', headers, body })
    }
    await page.goto(stage.origins.cookie)
    await expectAccessible(page)
    await expect
      .poll(
        async () => {
          await page.mouse.wheel(0, 5000)
          return page.getByText(/^Numbered \d+$/).count()
        },
        { timeout: 60_000, interval: 200 },
      )
      .toBe(45)
    await page.getByLabel('Search').fill('numbered 17')
    await press(page, 'Search')
    await expect.poll(() => page.getByText(/^Numbered \d+$/).allInnerTexts()).toEqual(['Numbered 17'])
  })

  test('a recipe is written and read, and the page has its linked data', async () => {
    const page = await open(stage.origins.cookie)
    await register(page, stage.origins.cookie)
    await page.goto(`${stage.origins.cookie}/new-recipe`)
    await fill(page, { Title: 'Kimchi stew', Servings: '2', Minutes: '40', Ingredients: 'kimchi\ntofu' })
    await fill(page, { Directions: 'Boil.\nServe.' })
    await press(page, 'Publish')
    await heading(page, 'Kimchi stew')
    await page.getByText('As a search engine reads it').click()
    await page.getByText('"@type": "Recipe"').waitFor()
    expect(await page.getByRole('listitem').allInnerTexts()).toEqual(['kimchi', 'tofu', 'Boil.', 'Serve.'])
    await expectAccessible(page)
  })

  test('the links in mails verify an address and reset a password', async () => {
    const page = await open(stage.origins.cookie)
    const { username, email } = await register(page, stage.origins.cookie)
    const verification = await stage.linkTo(email)
    expect(verification).toContain(`${stage.origins.cookie}/verify#`)
    await page.goto(verification)
    await press(page, 'Confirm')
    await heading(page, 'Address confirmed')
    await page.goto(`${stage.origins.cookie}/account`)
    await heading(page, 'Account')
    await expectAccessible(page)
    expect(await page.getByText('is not confirmed').count()).toBe(0)

    await press(page, 'Sign out')
    await page.goto(`${stage.origins.cookie}/forgot`)
    await fill(page, { 'E-mail address': email })
    await press(page, 'Send a link')
    await heading(page, 'Check your mail')
    await page.goto(await stage.linkTo(email))
    await fill(page, { 'New password': 'another passphrase nobody uses' })
    await press(page, 'Change the password')
    await heading(page, 'Password changed')
    await page.goto(`${stage.origins.cookie}/sign-in`)
    await fill(page, { 'Username or e-mail address': email, Password: 'another passphrase nobody uses' })
    await press(page, 'Sign in')
    await page.getByRole('link', { name: username }).waitFor()
  })

  test('a member reports a post, and an operator hides it', async () => {
    const origin = stage.origins.cookie
    const page = await open(origin)
    await register(page, origin)
    await page.goto(`${origin}/new`)
    await fill(page, { Title: 'Buy this', Text: 'Cheap.' })
    await press(page, 'Publish')
    await heading(page, 'Buy this')
    const url = page.url()
    await press(page, 'Sign out')

    await register(page, origin)
    await page.goto(url)
    await page.getByText('Report this').click()
    await page.getByLabel('Why').selectOption('spam')
    await press(page, 'Report')
    await page.getByText('Thank you. An operator will look at it.').waitFor()
    await press(page, 'Sign out')

    const { username } = await register(page, origin)
    await stage.makeOperator(username)
    await page.goto(origin)
    await page.getByRole('link', { name: 'Reports' }).click()
    await heading(page, 'Reports')
    await page.getByText('Spam').waitFor()
    await expectAccessible(page)
    await fill(page, { Note: 'An advertisement.' })
    await press(page, 'Hide and resolve')
    await page.getByText('No report is open.').waitFor()
    await page.goto(origin)
    await page.getByText('Nothing here yet').or(page.getByRole('list')).first().waitFor()
    expect(await page.getByRole('link', { name: 'Buy this' }).count()).toBe(0)
  })

  test('lists sessions and ends the others', async () => {
    const page = await open(stage.origins.cookie)
    const { username } = await register(page, stage.origins.cookie)
    const body = JSON.stringify({ username, password })
    const headers = { 'Content-Type': 'application/json', 'User-Agent': 'another-program/1.0' }
    await fetch(`${stage.service}/users/login`, { method: 'POST', headers, body })
    await page.goto(`${stage.origins.cookie}/account`)
    await page.getByText('another-program/1.0').waitFor()
    await press(page, 'End all others')
    await expect.poll(() => page.getByText('another-program/1.0').count()).toBe(0)
    await page.getByText('(this one)').waitFor()
  })

  test.each([
    [390, 'light'],
    [390, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)('is accessible and fits at %i px, %s', async (width, colorScheme) => {
    await context.close()
    context = await stage.browser.newContext({ viewport: { width, height: 844 }, colorScheme })
    context.setDefaultTimeout(30_000)
    const page = await open(stage.origins.cookie)
    await register(page, stage.origins.cookie)
    // `EXAMPLE_SCREENSHOTS=directory` saves screenshots of the pages.
    const pictures = process.env.EXAMPLE_SCREENSHOTS
    if (pictures) await mkdir(pictures, { recursive: true })
    for (const path of ['/', '/recipes', '/new', '/new-recipe', '/mine', '/account', '/forgot', '/reset', '/nowhere']) {
      await page.goto(stage.origins.cookie + path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await expectAccessible(page)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      const name = path.slice(1) || 'posts'
      if (pictures)
        await page.screenshot({ path: join(pictures, `${name}-${width}-${colorScheme}.png`), fullPage: true })
    }
  })
})
