import { afterEach, expect, test, vi } from 'vitest'
import type { Env } from '../../src/config.ts'
import '../support/hashing.ts'
import { mailEnv } from '../support/mailbox.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { call, env, PASSWORD } from '../support/service.ts'

const SECRET = 'a secret of Turnstile'
const guarded = { ...env, TURNSTILE_SECRET: SECRET }
const closed = { ...guarded, TURNSTILE_FAIL_CLOSED: 'on' }
const fetchDirectly = globalThis.fetch
const sent: unknown[] = []

/** Replaces the response of Cloudflare. Other requests are not changed. */
function respondWith(respond: (signal: AbortSignal | null | undefined) => Promise<Response> | Response) {
  sent.length = 0
  vi.stubGlobal('fetch', async (input: string | Request, init?: RequestInit) => {
    if (input !== 'https://challenges.cloudflare.com/turnstile/v0/siteverify') return fetchDirectly(input, init)
    sent.push(await new Response(init?.body).json())
    return respond(init?.signal)
  })
}
afterEach(() => vi.unstubAllGlobals())

function register(given: Env = guarded, turnstile_token?: string) {
  const username = `new-${crypto.randomUUID().slice(0, 8)}`
  const json = { username, email: `${username}@example.com`, password: PASSWORD, turnstile_token }
  return call('POST', '/users/register', { json, env: given, headers: { 'CF-Connecting-IP': '192.0.2.1' } })
}
const askForReset = (turnstile_token?: string) =>
  call('POST', '/users/password-reset', {
    json: { email: 'nobody@example.com', turnstile_token },
    env: { ...mailEnv, TURNSTILE_SECRET: SECRET },
  })

test('requires a token that Cloudflare accepts, and sends it with the secret and the address', async () => {
  respondWith(() => Response.json({ success: true }))
  expect((await register(guarded, 'good')).status).toBe(201)
  expect((await askForReset('good')).status).toBe(202)
  expect(sent[0]).toEqual({ secret: SECRET, response: 'good', remoteip: '192.0.2.1' })
  const trips = await countRoundTrips(async () => {
    expect(await register()).toMatchObject({ status: 403, body: { code: 'challenge-failed' } })
    expect(await askForReset()).toMatchObject({ status: 403, body: { code: 'challenge-failed' } })
  })
  expect([trips, sent.length]).toEqual([0, 2])
})

test('returns 403 for a token that Cloudflare refuses', async () => {
  respondWith(() => Response.json({ success: false, 'error-codes': ['timeout-or-duplicate'] }))
  expect(await register(guarded, 'used')).toMatchObject({ status: 403, body: { code: 'challenge-failed' } })
})

test.each<[string, (signal: AbortSignal | null | undefined) => Promise<Response> | Response]>([
  [
    'does not respond',
    (signal) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  ],
  ['fails', () => new Response('Bad gateway', { status: 502 })],
  ['has an internal error', () => Response.json({ success: false, 'error-codes': ['internal-error'] })],
  ['does not know the secret', () => Response.json({ success: false, 'error-codes': ['invalid-input-secret'] })],
])('if Cloudflare %s, TURNSTILE_FAIL_CLOSED decides', async (_, respond) => {
  respondWith(respond)
  // In parallel, because each waits for the time limit.
  const [open, refused] = await Promise.all([register(guarded, 'x'), register(closed, 'x')])
  expect(open.status).toBe(201)
  expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } })
})

test('without the secret no token is verified', async () => {
  respondWith(() => Response.json({ success: false }))
  expect((await register(env, 'x')).status).toBe(201)
  expect(sent).toEqual([])
})
