/** A refresh whose response is lost, and asked for again much later: the session goes on, and theft is still noticed. */
import { glob, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService } from '../../../scripts/service.mjs'
import { loseResponse, newAccount, openBrowser, openStorage, REFRESH, restored } from './browser.ts'

let dir: string
let service: Awaited<ReturnType<typeof startService>>

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'postern-'))
  service = await startService({ dir })
}, 90_000)
afterAll(async () => {
  await service?.kill()
  await rm(dir, { recursive: true, force: true, maxRetries: 10 })
})

/** The database of the service as it would be so much later: every session was last used before that. */
async function letTimePass(seconds: number) {
  let changed = 0
  for await (const file of glob(join(dir, 'v3/d1/**/*.sqlite'))) {
    const database = new DatabaseSync(file, { timeout: 10_000 })
    const hasSessions = database.prepare(`select 1 from sqlite_master where name = 'sessions'`).get() !== undefined
    if (hasSessions) {
      const update = database.prepare('update sessions set last_used_at = last_used_at - ?')
      changed += Number(update.run(seconds * 1000).changes)
    }
    database.close()
  }
  expect(changed).toBeGreaterThan(0)
}

test.each([
  ['32 seconds', 32],
  ['10 minutes', 600],
  ['23 hours', 23 * 3600],
])('a refresh whose response was lost %s ago is repeated, and nobody is signed out', async (_, seconds) => {
  for (const session of ['token', 'cookie'] as const) {
    const browser = openBrowser(service.url)
    const storage = openStorage()
    const open = () => (session === 'token' ? browser.openTab(storage) : browser.openCookieTab())
    const tab = open()
    await tab.register(newAccount())
    // A browser that has lost the response has not seen its cookie either.
    const cookies = new Map(browser.cookies)
    browser.expireTokens()
    browser.intercept(REFRESH, async (go, request) => {
      const lost = loseResponse(go, request)
      await lost.catch(() => {})
      for (const [name, value] of cookies) browser.cookies.set(name, value)
      return lost
    })
    expect((await tab.GET('/users/me')).error).toMatchObject({ code: 'network' })
    expect(browser.times(REFRESH)).toBe(2)

    await letTimePass(seconds)
    browser.intercept(REFRESH)
    // The page is gone by now; the key is where the token is.
    const reloaded = open()
    expect(await restored(reloaded)).toEqual(tab.user)
    expect(new Set(browser.keys.slice(2)).size).toBe(1)
    browser.expireTokens()
    expect(await reloaded.GET('/users/me')).toHaveProperty('data')
  }
})

test('a token that is two behind ends the session, whatever key comes with it', async () => {
  const browser = openBrowser(service.url)
  const storage = openStorage()
  const tab = browser.openTab(storage)
  await tab.register(newAccount())
  const stolen = [...storage.items]
  for (let round = 0; round < 2; round++) {
    browser.expireTokens()
    expect(await tab.GET('/users/me')).toHaveProperty('data')
  }
  const thief = openStorage()
  for (const [key, value] of stolen) thief.setItem(key, value)
  expect(await restored(browser.openTab(thief))).toBeNull()
  browser.expireTokens()
  expect((await tab.GET('/users/me')).error).toMatchObject({ code: 'invalid-token' })
  expect(tab.user).toBeNull()
})
