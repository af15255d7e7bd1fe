/** The built client in the tabs of Chromium, with real cookies, locks and channels. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClientOptions, PosternClient, TokenStorage } from '../../../packages/client/src/client.ts'
import { startService } from '../../../scripts/service.mjs'
import { copyProject } from '../../support/node/copy.ts'
import { findChromium, launch, PATIENCE } from '../browser/chromium.ts'
import { newAccount } from './browser.ts'

declare const openClient: (options: ClientOptions) => PosternClient
declare const localStorage: TokenStorage & { length: number }
declare let client: PosternClient

const chromium = findChromium()

/** The page loads the modules of the client without a bundler. */
const PAGE = `<!doctype html><title>An app</title><link rel="icon" href="data:," />
<script type="module">
  import { createClient } from '/client.js'
  globalThis.openClient = createClient
</script>`

describe.skipIf(!chromium)('in Chromium', () => {
  let root: string
  let pages: Server
  let origin: string
  let service: Awaited<ReturnType<typeof startService>>
  let browser: Browser

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'postern-client-'))
    const built = join(root, 'client')
    await promisify(execFile)('node_modules/.bin/tsc', ['-p', 'packages/client', '--outDir', built])
    pages = createServer(({ url = '' }, response) => {
      if (url === '/') response.setHeader('Content-Type', 'text/html').end(PAGE)
      else createReadStream(join(built, url)).pipe(response.setHeader('Content-Type', 'text/javascript'))
    })
    await once(pages.listen(0, '127.0.0.1'), 'listening')
    origin = `http://localhost:${(pages.address() as AddressInfo).port}`
    const copy = join(root, 'copy')
    await copyProject(copy, { JWT_SECRET: 'a secret for tests, of thirty-two bytes or more', ALLOWED_ORIGINS: origin })
    service = await startService({ root: copy, dir: join(root, 'data') })
    browser = await launch(chromium ?? '')
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    pages?.close()
    pages?.closeAllConnections()
    await service?.kill()
    await rm(root, { recursive: true, force: true, maxRetries: 10 })
  })

  test.each([
    ['the refresh token in a cookie', 'cookie', 'localhost'],
    ['the refresh token in a cookie, of another site', 'cookie', '127.0.0.1'],
    ['the refresh token in localStorage', 'token', 'localhost'],
  ] as const)('tabs refresh once between them, and sign in and out together: %s', async (_, session, host) => {
    const baseUrl = `http://${host}:${new URL(service.url).port}`
    const context = await browser.newContext()
    context.setDefaultTimeout(PATIENCE)
    let refreshes = 0
    context.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/users/refresh')) refreshes++
    })

    async function load(page: Page) {
      await page.goto(origin)
      await page.waitForFunction('globalThis.openClient')
      await page.evaluate(
        ([mode, url]) => {
          const options = mode === 'cookie' ? { session: mode } : { session: mode, storage: localStorage }
          Object.assign(globalThis, { client: openClient({ baseUrl: url, ...options }) })
        },
        [session, baseUrl] as const,
      )
      return page
    }
    const nameIn = (page: Page) => page.evaluate(() => client.user?.username)
    const isTold = (page: Page) => page.waitForFunction(() => client.user !== null)

    const tabs = [await load(await context.newPage()), await load(await context.newPage())] as const
    const [first, second] = tabs
    const account = newAccount()
    await first.evaluate((given) => client.register(given), account)
    await isTold(second)
    expect(await nameIn(second)).toBe(account.username)
    expect(await first.evaluate('document.cookie')).toBe('')

    const burst = (page: Page) =>
      page.evaluate(async (seconds) => {
        const now = Date.now
        Date.now = () => now() + seconds * 1000
        const asked = Array.from({ length: 10 }, (__, at) =>
          client.GET('/posts', { params: { query: { limit: at + 1 } } }),
        )
        return (await Promise.all(asked)).map(({ response }) => response?.status)
      }, 900)
    // A broadcast can arrive late on a slow machine: three attempts.
    const counts: number[] = []
    while (!counts.includes(1) && counts.length < 3) {
      refreshes = 0
      expect((await Promise.all(tabs.map(burst))).flat()).toEqual(Array.from({ length: 20 }, () => 200))
      counts.push(refreshes)
    }
    expect(counts).toContain(1)

    await load(first)
    expect(await first.evaluate(async () => (await client.restore()).data?.username)).toBe(account.username)
    await second.evaluate(() => client.signOut())
    await first.waitForFunction(() => client.user === null)
    expect(await context.cookies(baseUrl)).toEqual([])
    expect(await first.evaluate('localStorage.length')).toBe(0)
    await load(second)
    expect(await second.evaluate(() => client.restore())).toMatchObject({ data: null })
    await context.close()
  })
})
