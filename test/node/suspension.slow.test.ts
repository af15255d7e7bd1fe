/** A suspension, seen from the browsers of an operator and of the suspended user, and from a program. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startService } from '../../scripts/service.mjs'
import { findChromium, launch, PATIENCE } from './browser/chromium.ts'

const chromium = findChromium()
const PASSWORD = 'a passphrase nobody uses'

type Request = { method?: string; path: string; token?: string | undefined; json?: object; accept?: string }
type Response = { status: number; body: Record<string, unknown> }

/** Sends a request. It runs in a page or in Node.js, so it uses nothing of this file. */
async function send({ method = 'GET', path, token, json, accept, origin = '' }: Request & { origin?: string }) {
  const headers = {
    ...(json && { 'Content-Type': 'application/json' }),
    ...(token && { Authorization: `Bearer ${token}` }),
    ...(accept && { Accept: accept }),
  }
  const body = json && JSON.stringify(json)
  const response = await fetch(origin + path, { method, headers, ...(body && { body }) })
  const text = await response.text()
  return { status: response.status, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} }
}

describe.skipIf(!chromium)('in two browsers', () => {
  let dir: string
  let service: Awaited<ReturnType<typeof startService>>
  const browsers: Browser[] = []

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'postern-suspension-'))
    service = await startService({ dir })
  }, 90_000)
  afterAll(async () => {
    for (const browser of browsers) await browser.close()
    await service?.kill()
    await rm(dir, { recursive: true, force: true, maxRetries: 10 })
  })

  async function openPage(): Promise<Page> {
    const browser = await launch(chromium ?? '')
    browsers.push(browser)
    const page = await browser.newPage()
    await page.goto(`${service.url}/docs`)
    return page
  }

  test(
    'the suspended user is out at once, and the items are gone until the suspension is lifted',
    { timeout: PATIENCE },
    async () => {
      const [a, b] = [await openPage(), await openPage()]
      const ofA = (request: Request): Promise<Response> => a.evaluate(send, request)
      const ofB = (request: Request): Promise<Response> => b.evaluate(send, request)
      const curl = (request: Request): Promise<Response> => send({ ...request, origin: service.url })
      const register = async (as: typeof ofA, username: string) => {
        const json = { username, email: `${username}@example.com`, password: PASSWORD }
        const { body } = await as({ method: 'POST', path: '/users/register', json })
        return {
          token: String(body['access_token']),
          refresh_token: body['refresh_token'],
          id: Object(body['user']).id,
        }
      }
      const operator = await register(ofA, 'operator-a')
      const user = await register(ofB, 'user-b')
      const { token } = user
      await promisify(execFile)(process.execPath, ['scripts/operator.mjs', 'add', 'operator-a', '--persist-to', dir])

      const json = { title: 'Axolotl stew', draft: false }
      const { body: recipe } = await ofB({ method: 'POST', path: '/recipes', token, json })
      const { body: draft } = await ofB({ method: 'POST', path: '/recipes', token, json: { title: 'A draft' } })
      const place = `/recipes/${String(recipe['id'])}`
      const jsonLd = 'application/ld+json'
      const seen = async () => ({
        list: Object(await curl({ path: '/recipes' })).body.items.length,
        search: Object(await curl({ path: '/recipes?q=axolotl' })).body.items.length,
        byAuthor: Object(await curl({ path: '/recipes?author=user-b' })).body.items.length,
        read: (await curl({ path: place })).status,
        jsonLd: (await curl({ path: place, accept: jsonLd })).status,
      })
      const visible = { list: 1, search: 1, byAuthor: 1, read: 200, jsonLd: 200 }
      expect(await seen()).toEqual(visible)
      expect((await ofB({ path: '/users/me', token })).status).toBe(200)

      // Suspending requires a recent proof of the password, which the registration is.
      const suspension = { path: `/operator/users/${String(user.id)}/suspension`, token: operator.token }
      expect((await ofA({ ...suspension, method: 'PUT', json: { reason: 'Spam.' } })).status).toBe(204)
      expect(await ofB({ path: '/users/me', token })).toMatchObject({ status: 401, body: { code: 'invalid-token' } })
      const refresh = { method: 'POST', path: '/users/refresh', json: { refresh_token: user.refresh_token } }
      expect(await ofB(refresh)).toMatchObject({ status: 401, body: { code: 'invalid-refresh-token' } })
      const signIn = { method: 'POST', path: '/users/login', json: { username: 'user-b', password: PASSWORD } }
      for (const as of [ofB, curl])
        expect(await as(signIn)).toMatchObject({ status: 403, body: { code: 'account-suspended' } })
      expect(await seen()).toEqual({ list: 0, search: 0, byAuthor: 0, read: 404, jsonLd: 404 })

      expect((await ofA({ ...suspension, method: 'DELETE' })).status).toBe(204)
      expect(await seen()).toEqual(visible)
      const { status, body } = await ofB(signIn)
      expect(status).toBe(200)
      const again = await ofB({ path: `/recipes/${String(draft['id'])}`, token: String(body['access_token']) })
      expect(again).toMatchObject({ status: 200, body: { title: 'A draft', version: 1, published_at: null } })
    },
  )
})
