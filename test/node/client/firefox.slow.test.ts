/** The client in the tabs of Firefox ESR, with real cookies, locks and channels, on another origin than the service. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startService } from '../../../scripts/service.mjs'
import { copyProject } from '../../support/node/copy.ts'
import { findFirefox, launchFirefox } from '../browser/firefox.ts'
import { newAccount } from './browser.ts'

const firefox = findFirefox()

const PAGE = `<!doctype html><title>An app</title><link rel="icon" href="data:," />
<script type="module">
  import { createClient } from '/client.js'
  globalThis.openClient = createClient
</script>`

describe.skipIf(!firefox)('in Firefox', () => {
  let root: string
  let pages: Server
  let origin: string
  let service: Awaited<ReturnType<typeof startService>>
  let browser: Awaited<ReturnType<typeof launchFirefox>>

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
    browser = await launchFirefox(firefox ?? '')
  }, 180_000)

  afterAll(async () => {
    await browser?.close()
    pages?.close()
    pages?.closeAllConnections()
    await service?.kill()
    await rm(root, { recursive: true, force: true, maxRetries: 10 })
  })

  type Tab = Awaited<ReturnType<typeof browser.openTab>>

  /** Waits until an expression has the expected value. */
  async function settle(tab: Tab, expression: string, value: unknown) {
    await expect.poll(() => tab.evaluate(expression), { timeout: 30_000 }).toEqual(value)
  }

  async function start(tab: Tab, options: string) {
    await settle(tab, 'typeof globalThis.openClient', 'function')
    await tab.evaluate(`void (globalThis.client = openClient(${options}))`)
  }

  // The page and the service are on the same site. The Chromium test covers cookies of another site.
  test.each([
    ['the refresh token in a cookie', `session: 'cookie'`],
    ['the refresh token in localStorage', `session: 'token', storage: () => localStorage`],
  ])('tabs sign in and out together, and a reload keeps the session: %s', async (_, session) => {
    const options = `{ baseUrl: 'http://localhost:${new URL(service.url).port}', ${session} }`
    const tabs = [await browser.openTab(origin), await browser.openTab(origin)] as const
    for (const tab of tabs) await start(tab, options)
    const [first, second] = tabs
    const account = newAccount()
    const registered = await first.evaluate(
      `client.register(${JSON.stringify(account)}).then(({ error }) => error?.code)`,
    )
    expect(registered).toBeNull()
    await settle(second, 'client.user?.username', account.username)

    const late =
      '(Date.now = ((now) => () => now() + 900_000)(Date.now), client.GET("/users/me").then(({ error }) => error?.code))'
    expect(await Promise.all(tabs.map((tab) => tab.evaluate(late)))).toEqual([null, null])

    await first.reload()
    await start(first, options)
    expect(await first.evaluate('client.restore().then(({ data }) => data?.username)')).toBe(account.username)
    expect(await first.evaluate('document.cookie')).toBe('')

    expect(await second.evaluate('client.signOut().then(({ error }) => error?.code)')).toBeNull()
    await settle(first, 'client.user', null)
    expect(await first.evaluate('localStorage.length')).toBe(0)
    await first.reload()
    await start(first, options)
    expect(
      await first.evaluate('client.restore({ force: true }).then(({ data, error }) => [data, error?.code])'),
    ).toEqual([null, null])
  })

  test('a session works with a storage that throws and without locks and channels', async () => {
    const tab = await browser.openTab(origin)
    await settle(tab, 'typeof globalThis.openClient', 'function')
    const refuse = `() => { throw new DOMException('Full', 'QuotaExceededError') }`
    await tab.evaluate(
      `(Object.defineProperty(navigator, 'locks', { value: undefined }), globalThis.BroadcastChannel = undefined, globalThis.failures = 0)`,
    )
    const options = `{ baseUrl: '${service.url}', session: 'token', storage: ${refuse}, onStorageError: () => failures++ }`
    await start(tab, options)
    const registered = `client.register(${JSON.stringify(newAccount())}).then(({ error }) => error?.code)`
    expect(await tab.evaluate(registered)).toBeNull()
    expect(await tab.evaluate('client.GET("/users/me").then(({ error }) => error?.code)')).toBeNull()
    expect(await tab.evaluate('failures')).toBe(1)
  })
})
