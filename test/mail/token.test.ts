import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { createMailToken, readMailToken, TOKEN_LIFETIME, type TokenPurpose } from '../../src/mail/token.ts'
import '../support/hashing.ts'
import { accountWithMail, callWithMail, mailEnv, resetTokenOf } from '../support/mailbox.ts'
import { countRoundTrips } from '../support/round-trips.ts'

const config = readConfig(mailEnv)
const NOW = Date.UTC(2026, 10, 25, 12)
const purposes = Object.keys(TOKEN_LIFETIME) as TokenPurpose[]

test.each(purposes)('a token for %s is valid for its purpose only, until it expires', (purpose) => {
  const subject = { userId: 12, epoch: 3, payload: 'é~ 홍@example.com' }
  const token = createMailToken(config, purpose, subject, NOW + TOKEN_LIFETIME[purpose])
  expect(readMailToken(config, purpose, token, NOW)).toEqual(subject)
  for (const other of purposes.filter((one) => one !== purpose)) {
    expect(readMailToken(config, other, token, NOW)).toBeNull()
  }
  const end = NOW + TOKEN_LIFETIME[purpose]
  expect(readMailToken(config, purpose, token, end - 1)).toEqual(subject)
  expect(readMailToken(config, purpose, token, end)).toBeNull()
})

test('a token without a payload has four parts and a MAC of 256 bits', () => {
  const token = createMailToken(config, 'reset', { userId: 12, epoch: 3 }, NOW)
  expect(token).toMatch(new RegExp(`^reset\\.12\\.3\\.${NOW / 1000}\\.[\\w-]{43}$`))
  expect(readMailToken(config, 'reset', token, NOW - 1)).toEqual({ userId: 12, epoch: 3 })
})

test('refuses a token of another secret, or of another environment with the same secret', () => {
  const token = createMailToken(config, 'reset', { userId: 1, epoch: 0 }, NOW)
  for (const change of [{ JWT_SECRET: 'another secret for tests, of thirty-two bytes' }, { TOKEN_ISSUER: 'staging' }]) {
    expect(readMailToken(readConfig({ ...mailEnv, ...change }), 'reset', token, NOW - 1)).toBeNull()
  }
})

/** A mutated token: a character changed, removed, added or swapped, or a part replaced. */
function mutate(token: string, n: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'
  const at = n % token.length
  const character = alphabet[(n * 7 + 3) % alphabet.length] ?? ''
  const parts = token.split('.')
  const mutations = [
    () => token.slice(0, at) + character + token.slice(at + 1),
    () => token.slice(0, at) + token.slice(at + 1),
    () => token.slice(0, at) + character + token.slice(at),
    () => parts.with(1, String(n)).join('.'),
    () => parts.with(2, String(n)).join('.'),
    () => parts.with(3, String(Number(parts[3]) + n + 1)).join('.'),
    () => parts.toSpliced(4, 0, character).join('.'),
  ]
  return mutations[n % mutations.length]?.() ?? ''
}

test('refuses 10,000 mutated tokens', () => {
  const token = createMailToken(config, 'reset', { userId: 12, epoch: 3 }, NOW + 60_000)
  const mutated = Array.from({ length: 10_000 }, (_, n) => mutate(token, n)).filter((one) => one !== token)
  expect(mutated.length).toBeGreaterThan(9_500)
  expect(mutated.filter((one) => readMailToken(config, 'reset', one, NOW))).toEqual([])
  expect(readMailToken(config, 'reset', token, NOW)).not.toBeNull()
})

test('a forged token causes no query', async () => {
  const { email } = await accountWithMail()
  const token = await resetTokenOf(email)
  const json = { new_password: 'another passphrase nobody uses' }
  const mutated = Array.from({ length: 300 }, (_, n) => mutate(token, n)).filter((one) => one !== token)
  const queries = await countRoundTrips(async () => {
    for (const one of mutated) {
      const { status } = await callWithMail('PUT', '/users/password-reset', { json: { ...json, token: one } })
      expect([401, 422]).toContain(status)
    }
  })
  expect(queries).toBe(0)
  expect((await callWithMail('PUT', '/users/password-reset', { json: { ...json, token } })).status).toBe(204)
})
