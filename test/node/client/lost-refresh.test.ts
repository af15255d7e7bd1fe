/** A refresh whose response is lost and that is repeated much later: the session stays active, and theft is still detected. */
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { runService } from '../../support/node/running.ts'
import { loseResponse, newAccount, openBrowser, openStorage, REFRESH, restored } from './browser.ts'

const service = runService()

/** Changes the database as if this time had passed: every session was last used before that. */
async function letTimePass(seconds: number) {
  let changed = 0
  for await (const file of glob(join(service.dir, 'v3/d1/**/*.sqlite'))) {
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
])('repeats a refresh whose response was lost %s ago, and the user stays signed in', async (_, seconds) => {
  for (const session of ['token', 'cookie'] as const) {
    const browser = openBrowser(service.url)
    const storage = openStorage()
    const open = () => (session === 'token' ? browser.openTab(storage) : browser.openCookieTab())
    const tab = open()
    await tab.register(newAccount())
    // A browser that lost the response did not receive its cookie either.
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
    // The page was closed. The key is stored beside the token.
    const reloaded = open()
    expect(await restored(reloaded)).toEqual(tab.user)
    expect(new Set(browser.keys.slice(2)).size).toBe(1)
    browser.expireTokens()
    expect(await reloaded.GET('/users/me')).toHaveProperty('data')
  }
})

test('an older token ends the session, with any key', async () => {
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
