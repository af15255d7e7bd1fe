/** Password reset with `npm start`: the link in the terminal, the page in Chromium, and the timing of responses. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startService } from '../../scripts/service.mjs'
import { findChromium, launch, PATIENCE } from './browser/chromium.ts'

const PASSWORD = 'a passphrase nobody uses'
const NEW_PASSWORD = 'another passphrase nobody uses'

let dir: string
let service: Awaited<ReturnType<typeof startService>>

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'postern-recovery-'))
  service = await startService({ dir })
}, 90_000)
afterAll(async () => {
  await service?.kill()
  await rm(dir, { recursive: true, force: true, maxRetries: 10 })
})

let networks = 0

async function ask(method: string, path: string, json?: object, token?: string) {
  const response = await fetch(service.url + path, {
    method,
    // A new network for each request, so that no rate limit applies.
    headers: {
      'Content-Type': 'application/json',
      'CF-Connecting-IP': `192.0.2.${++networks % 256}`,
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    ...(json && { body: JSON.stringify(json) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: text ? JSON.parse(text) : null }
}

async function register(name: string) {
  const account = { username: name, email: `${name}@example.com`, password: PASSWORD }
  const { body, status } = await ask('POST', '/users/register', account)
  expect(status).toBe(201)
  return { ...account, token: body.access_token as string }
}

const signIn = async (email: string, password: string) =>
  (await ask('POST', '/users/login', { email, password })).status

/** The newest link to a page that was printed in the terminal for an address. */
async function printedLink(email: string, page: string): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const mails = service.output().split('send_email binding called')
    const mail = mails.findLast((one) => one.includes(`To: ${email}\n`) && one.includes(`${page}#`))
    const link = new RegExp(`^http://\\S+${page}#\\S+$`, 'm').exec(mail ?? '')?.[0]
    if (link) return link
    await sleep(100)
  }
  throw new Error(`no link to ${page} was printed:\n${service.output()}`)
}

test('the start message has the page for a password reset and the mailbox, and both exist', async () => {
  const [mailbox = ''] = /http\S+\/email\/sending\?worker=\w+/.exec(service.output()) ?? []
  expect(service.output()).toContain(`${service.url}/reset`)
  expect((await fetch(mailbox)).status).toBe(200)
})

test('the token of the link in the terminal sets a new password through the API and ends the sessions', async () => {
  const { email, token } = await register('api')
  expect((await ask('POST', '/users/password-reset', { email })).status).toBe(202)
  const [, mailed] = (await printedLink(email, '/reset')).split('#')
  const json = { token: mailed, new_password: NEW_PASSWORD }
  expect((await ask('PUT', '/users/password-reset', json)).status).toBe(204)
  expect((await ask('GET', '/users/me', undefined, token)).status).toBe(401)
  expect([await signIn(email, PASSWORD), await signIn(email, NEW_PASSWORD)]).toEqual([401, 200])
  expect((await ask('PUT', '/users/password-reset', json)).status).toBe(401)
})

test('the log lines have no address and no token', () => {
  const lines = service
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{"level"'))
  expect(lines.length).toBeGreaterThan(5)
  expect(lines.join('\n')).not.toMatch(/@example\.com|(reset|verify|change)\.\d+\.\d+\./)
})

const executable = findChromium()

describe.skipIf(!executable)('in Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch(executable ?? '')
  }, 90_000)
  afterAll(() => browser?.close())

  const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

  test.each([1280, 390])('the pages reset a password at %i px', { timeout: PATIENCE }, async (width) => {
    const { email, token } = await register(`wide${width}`)
    const context = await browser.newContext({ viewport: { width, height: 800 } })
    const page = await context.newPage()
    const requests: string[] = []
    const complaints: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))

    await page.goto(`${service.url}/reset`)
    await page.getByLabel('E-mail address of your account').fill(email)
    await page.getByRole('button').click()
    await page.getByText('a mail with a link is on its way').waitFor()

    const link = await printedLink(email, '/reset')
    // A scanner opens the link, runs its scripts and waits. This does not use the token.
    const scanner = await context.newPage()
    await scanner.goto(link)
    await sleep(1_000)
    await scanner.close()
    for (const method of ['GET', 'HEAD']) expect((await fetch(link, { method })).status).toBe(200)

    const opened = await context.newPage()
    opened.on('request', (request) => requests.push(request.url()))
    await opened.goto(link)
    await opened.getByLabel('New password').fill('password123')
    await opened.getByRole('button').click()
    await opened.getByText('most common passwords.').nth(1).waitFor()
    await opened.getByLabel('New password').fill(NEW_PASSWORD)
    expect(await opened.evaluate(overflow)).toBe(0)
    await opened.getByRole('button').click()
    await opened.getByText('Your new password is set').waitFor()
    expect(opened.url()).toBe(`${service.url}/reset`)

    expect([await signIn(email, PASSWORD), await signIn(email, NEW_PASSWORD)]).toEqual([401, 200])
    expect((await ask('GET', '/users/me', undefined, token)).status).toBe(401)

    // The same link in the same tab: the page reports that it was used, and can request another one.
    await opened.goto(link)
    await opened.getByLabel('New password').fill('a third passphrase nobody uses')
    await opened.getByRole('button').click()
    await opened.getByText('This link is no longer valid').waitFor()
    await opened.getByLabel('E-mail address of your account').waitFor()
    // The token is only in the fragment of the page URL. No request contains it.
    const [, mailed = ''] = link.split('#')
    expect(requests.filter((url) => !url.startsWith(service.url))).toEqual([])
    expect(requests.filter((url) => url.includes(mailed) && !url.endsWith(`/reset#${mailed}`))).toEqual([])
    expect(complaints).toEqual([])
    await context.close()
  })

  test.each([1280, 390])(
    'at %i px the button verifies an address, and opening the page does not',
    { timeout: PATIENCE },
    async (width) => {
      const { email, token } = await register(`verifier${width}`)
      const page = await browser.newPage({ viewport: { width, height: 800 } })
      await page.goto(await printedLink(email, '/verify'))
      const isVerified = async () => (await ask('GET', '/users/me', undefined, token)).body.email_verified as boolean
      await sleep(500)
      expect([await isVerified(), await page.evaluate(overflow)]).toEqual([false, 0])
      await page.getByRole('button', { name: 'Confirm the address' }).click()
      await page.getByText('The address is confirmed').waitFor()
      expect(await isVerified()).toBe(true)
      await page.close()
    },
  )

  test.each([1280, 390])(
    'at %i px the button changes an address, and opening the page does not',
    { timeout: PATIENCE },
    async (width) => {
      const { email, token } = await register(`mover${width}`)
      const moved = `moved-${email}`
      const json = { email: moved, current_password: PASSWORD }
      expect((await ask('PATCH', '/users/me', json, token)).status).toBe(202)
      const page = await browser.newPage({ viewport: { width, height: 800 } })
      await page.goto(await printedLink(moved, '/email-change'))
      const address = async () => (await ask('GET', '/users/me', undefined, token)).body.email as string
      await sleep(500)
      expect([await address(), await page.evaluate(overflow)]).toEqual([email, 0])
      await page.getByRole('button', { name: 'Use this address' }).click()
      await page.getByText('Your account has this address now').waitFor()
      expect(await address()).toBe(moved)
      await page.close()
    },
  )
})

test('each page has a content security policy and sends no referrer', async () => {
  for (const path of ['/register', '/reset', '/verify', '/email-change']) {
    const { status, headers } = await fetch(service.url + path)
    expect([status, headers.get('Referrer-Policy')]).toEqual([200, 'no-referrer'])
    expect(headers.get('Content-Security-Policy')).toMatch(/^default-src 'none'; script-src 'self'.*form-action 'none'/)
  }
})

test('a known and an unknown address take the same time', { timeout: 120_000, retry: 2 }, async () => {
  const known = await Promise.all(Array.from({ length: 30 }, (_, n) => register(`timed${n}-${Date.now()}`)))
  const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
  // The verification mails are sent before the measurement.
  await sleep(2_000)
  for (const [n, { email }] of known.entries()) {
    // The order alternates, so that work after a response affects both equally.
    const pair = [
      ['known', email],
      ['unknown', `nobody${n}-${Date.now()}@example.com`],
    ] as const
    for (const [which, address] of n % 2 === 0 ? pair : pair.toReversed()) {
      const start = performance.now()
      const { status } = await ask('POST', '/users/password-reset', { email: address })
      times[which].push(performance.now() - start)
      expect(status).toBe(202)
      await sleep(200)
    }
  }
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
  const ratio = median(times.known) / median(times.unknown)
  console.log(`medians: known ${median(times.known).toFixed(2)} ms, unknown ${median(times.unknown).toFixed(2)} ms`)
  expect(ratio).toBeGreaterThan(0.85)
  expect(ratio).toBeLessThan(1.15)
})
