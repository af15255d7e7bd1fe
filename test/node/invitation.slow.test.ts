/** Registration by invitation: the link in the terminal, and its page in Chromium. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startService } from '../../scripts/service.mjs'
import { findChromium, launch, PATIENCE } from './browser/chromium.ts'

const chromium = findChromium()
const PASSWORD = 'a passphrase nobody uses'

describe.skipIf(!chromium)('in Chromium', () => {
  let dir: string
  let service: Awaited<ReturnType<typeof startService>>
  let browser: Browser
  let token: string

  const post = async (path: string, json: object, as?: string) => {
    const headers = { 'Content-Type': 'application/json', ...(as && { Authorization: `Bearer ${as}` }) }
    const response = await fetch(service.url + path, { method: 'POST', headers, body: JSON.stringify(json) })
    const text = await response.text()
    return { status: response.status, body: text ? JSON.parse(text) : null }
  }

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'postern-invitation-'))
    // The first operator registers before registration requires an invitation.
    service = await startService({ dir })
    const { body } = await post('/users/register', { username: 'ada', email: 'ada@example.com', password: PASSWORD })
    token = body.access_token
    await promisify(execFile)(process.execPath, ['scripts/operator.mjs', 'add', 'ada', '--persist-to', dir])
    await service.stop()
    service = await startService({ dir, options: ['--var', 'REGISTRATION:invite'] })
    browser = await launch(chromium ?? '')
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await service?.kill()
    await rm(dir, { recursive: true, force: true, maxRetries: 10 })
  })

  async function printedLink(email: string): Promise<string> {
    for (let tries = 0; tries < 100; tries++) {
      const mail = service.output().split('send_email binding called').at(-1) ?? ''
      const link = /^http:\/\/\S+\/register#\S+$/m.exec(mail.includes(`To: ${email}\n`) ? mail : '')?.[0]
      if (link) return link
      await sleep(100)
    }
    throw new Error(`no invitation was printed:\n${service.output()}`)
  }

  test.each([1280, 390])(
    'at %i px the page of an invitation registers its address',
    { timeout: PATIENCE },
    async (width) => {
      const email = `wide${width}@example.com`
      const account = { username: `wide${width}`, email, password: PASSWORD }
      expect((await post('/users/register', account)).body.code).toBe('invitation-required')
      expect((await post('/operator/invitations', { email }, token)).status).toBe(202)

      const page = await browser.newPage({ viewport: { width, height: 800 } })
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(error.message))
      await page.goto(await printedLink(email))
      expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0)
      await page.getByLabel('E-mail address').fill('another@example.com')
      await page.getByLabel('Username').fill(account.username)
      await page.getByLabel('Password').fill(PASSWORD)
      await page.getByRole('button').click()
      await page.getByText('The invitation is not for this e-mail address').waitFor()
      await page.getByLabel('E-mail address').fill(email)
      await page.getByRole('button').click()
      await page.getByText('Your account is created').waitFor()
      expect(page.url()).toBe(`${service.url}/register`)
      expect((await post('/users/login', { email, password: PASSWORD })).status).toBe(200)

      await page.goto(`${service.url}/register`)
      await page.getByText('This page needs the whole link from your mail').waitFor()
      expect(complaints).toEqual([])
      await page.close()
    },
  )
})
