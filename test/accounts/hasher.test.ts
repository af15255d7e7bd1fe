/** Hashing in the Durable Object: the same hashes at the same cost as in the Worker, and failures of an object. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { env as bindings } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deriveInPool, matchInPool, POOL_SIZE } from '../../src/accounts/hasher-pool.ts'
import { Hasher } from '../../src/accounts/hasher.ts'
import { deriveInline } from '../../src/accounts/key-derivation.ts'
import { dummyHash, hashPassword, verifyPassword } from '../../src/accounts/password.ts'
import type { Derived, HasherNamespace, Matched } from '../../src/config.ts'
import { connect } from '../../src/store/database.ts'
import { users } from '../../src/store/schema.ts'
import { countIterations } from '../support/production-limits.ts'
import { account, call, env as inline, PASSWORD } from '../support/service.ts'

const env = { ...inline, HASHER: bindings.HASHER }
const bytes = (length: number) => new Uint8Array(length).fill(7)

/** Marks code inside the object. In these tests hashing anywhere else throws. */
const inHasher = new AsyncLocalStorage<boolean>()
const { derive } = Hasher.prototype
const { subtle } = crypto
const { deriveBits } = subtle

beforeAll(() => {
  Hasher.prototype.derive = function deriveWatched(...work) {
    return inHasher.run(true, () => derive.apply(this, work))
  }
})
afterAll(() => void (Hasher.prototype.derive = derive))

/** Runs `work` while PBKDF2 throws everywhere except in the object. */
async function withoutInlineHashing<T>(work: () => Promise<T>): Promise<T> {
  subtle.deriveBits = (...args) => {
    if (!inHasher.getStore()) throw new Error('Hashing inside the Worker is forbidden.')
    return deriveBits.apply(subtle, args)
  }
  try {
    return await work()
  } finally {
    subtle.deriveBits = deriveBits
  }
}

test('registration, sign-in and a password change work without hashing in the Worker', async () => {
  await withoutInlineHashing(async () => {
    const json = { username: 'elsewhere', email: 'elsewhere@example.com', password: PASSWORD }
    const { status, body } = await call('POST', '/users/register', { env, json })
    expect(status).toBe(201)
    const change = { current_password: PASSWORD, new_password: `${PASSWORD} now` }
    const token = body.access_token
    expect((await call('PUT', '/users/me/password', { env, token, json: change })).status).toBe(204)
    const login = { email: json.email, password: change.new_password }
    expect((await call('POST', '/users/login', { env, json: login })).status).toBe(200)
    expect((await call('POST', '/users/login', { env: inline, json: login })).status).toBe(500)
  })
})

test('the Worker and the object verify each other’s hashes', async () => {
  const here = { config: { pepper: 'black' }, derive: deriveInline }
  const there = { config: { pepper: 'black' }, derive: deriveInPool(bindings.HASHER) }
  expect(await verifyPassword(PASSWORD, await hashPassword(PASSWORD, here), there)).toBe(true)
  expect(await verifyPassword(PASSWORD, await hashPassword(PASSWORD, there), here)).toBe(true)
  expect(await verifyPassword(`${PASSWORD} `, await hashPassword(PASSWORD, there), there)).toBe(false)
})

test.each([
  ['in the object', env],
  ['in the Worker', inline],
])('an unknown username costs as many iterations as a wrong password, %s', async (_place, where) => {
  const { email } = await account()
  const cost = (name: string) =>
    countIterations(async () => {
      const json = { email: name, password: 'not the password' }
      expect((await call('POST', '/users/login', { env: where, json })).status).toBe(401)
    })
  expect(await cost(email)).toBe(600_000)
  expect(await cost('nobody@example.com')).toBe(600_000)
})

test('50 concurrent sign-ins all succeed', async () => {
  const { email } = await account()
  const login = () => call('POST', '/users/login', { env, json: { email, password: PASSWORD } })
  const statuses = await Promise.all(Array.from({ length: 50 }, async () => (await login()).status))
  expect(statuses).toEqual(Array.from({ length: 50 }, () => 200))
})

test('with a pepper the object never receives a password', async () => {
  const seen: string[] = []
  const watching = async (secret: Uint8Array, ...work: [Uint8Array, number, number]) => {
    seen.push(new TextDecoder().decode(secret))
    return deriveInline(secret, ...work)
  }
  await hashPassword(PASSWORD, { config: { pepper: 'black' }, derive: watching })
  await verifyPassword(PASSWORD, dummyHash('black'), { config: { pepper: 'black' }, derive: watching })
  expect(seen).toHaveLength(2)
  expect(seen.join()).not.toContain(PASSWORD)
  await hashPassword(PASSWORD, { config: { pepper: undefined }, derive: watching })
  expect(seen).toContain(PASSWORD)
})

test.each([
  ['one iteration above the maximum', [bytes(8), bytes(16), 100_001, 6]],
  ['no iterations', [bytes(8), bytes(16), 0, 6]],
  ['half an iteration', [bytes(8), bytes(16), 0.5, 6]],
  ['too many calls', [bytes(8), bytes(16), 1, 21]],
  ['no calls', [bytes(8), bytes(16), 1, 0]],
  ['a huge secret', [bytes(12_289), bytes(16), 1, 1]],
  ['a huge salt', [bytes(8), bytes(65), 1, 1]],
  // The compiler does not check the arguments of an RPC.
  ['a secret that is not bytes', ['secret' as unknown as Uint8Array, bytes(16), 1, 1]],
] satisfies [string, Parameters<typeof derive>][])('%s is out of bounds and derives nothing', async (_what, work) => {
  let derived: Derived | undefined
  const ask = async () => void (derived = await bindings.HASHER.getByName('bounds').derive(...work))
  expect(await countIterations(ask)).toBe(0)
  expect(derived).toEqual({ error: 'out-of-bounds' })
})

test('the tests enforce the iteration limit of production in the object', async () => {
  const key = await subtle.importKey('raw', bytes(8), 'PBKDF2', false, ['deriveBits'])
  const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt: bytes(16), iterations: 100_001 }
  expect(() => subtle.deriveBits(algorithm, key, 256)).toThrow(/above 100000 are not supported/)
  const ask = () => bindings.HASHER.getByName('limit').derive(bytes(8), bytes(16), 100_000, 2)
  expect(await countIterations(ask)).toBe(200_000)
})

/** Objects whose calls return the given results in order. */
function namespaceOf(...turns: (() => Promise<Derived>)[]) {
  const names: string[] = []
  const namespace: HasherNamespace = {
    getByName(name) {
      names.push(name)
      return {
        derive: () => (turns.shift() ?? (() => Promise.reject(new Error('called too often'))))(),
        matchLegacy: () => Promise.reject(new Error('not called in this test')),
      }
    },
  }
  return { namespace, names }
}

/** An error with the marks of the runtime: https://developers.cloudflare.com/durable-objects/best-practices/error-handling/ */
const fails = (marks: object) => () => Promise.reject(Object.assign(new Error('The object was reset.'), marks))
const succeeds = () => Promise.resolve({ key: bytes(32) })
const work = [bytes(8), bytes(16), 1, 1] as const

test('calls an object that was reset again through a new stub', async () => {
  const { namespace, names } = namespaceOf(fails({ retryable: true }), succeeds)
  expect(await deriveInPool(namespace, 'ICN')(...work)).toEqual(bytes(32))
  expect(names).toHaveLength(2)
})

test.each([
  ['is overloaded', [fails({ overloaded: true, retryable: true })], 1],
  ['was reset twice', [fails({ retryable: true }), fails({ retryable: true })], 2],
])('returns 503 with Retry-After if an object %s', async (_what, turns, asked) => {
  const { namespace, names } = namespaceOf(...turns)
  const json = { email: 'nobody@example.com', password: PASSWORD }
  const { status, headers, body } = await call('POST', '/users/login', { env: { ...inline, HASHER: namespace }, json })
  expect([status, body.code, headers.get('Retry-After')]).toEqual([503, 'unavailable', '2'])
  expect(names).toHaveLength(asked)
})

test('a hasher that refuses its input is an internal error without details', async () => {
  const { namespace } = namespaceOf(() => Promise.resolve({ error: 'failed' }))
  const json = { email: 'nobody@example.com', password: PASSWORD }
  const { status, text } = await call('POST', '/users/login', { env: { ...inline, HASHER: namespace }, json })
  expect(status).toBe(500)
  expect(text).not.toContain('hasher')
})

test('a data centre has four objects with fixed names', async () => {
  const { namespace, names } = namespaceOf(...Array.from({ length: 100 }, () => succeeds))
  const randoms = Array.from({ length: 100 }, (_, index) => index / 100)
  const derivePooled = deriveInPool(namespace, 'ICN', () => randoms.pop() ?? 0)
  while (randoms.length > 0) await derivePooled(...work)
  expect(new Set(names)).toEqual(new Set(['ICN-0', 'ICN-1', 'ICN-2', 'ICN-3']))
  expect(POOL_SIZE).toBe(4)
})

test('the object verifies hashes of other software and refuses other text', async () => {
  const hash = '$2b$04$DJxkZkxJ0bbItA2ZmiFkoez6X6860agK/GgW5S1nY2bOWkI3cYP.q'
  const match = matchInPool(bindings.HASHER)
  expect(await match('kimchi-1987', hash, '')).toEqual({ truncated: undefined })
  expect(await match('kimchi-', hash, '1987')).toEqual({ truncated: undefined })
  expect(await match('kimchi-1988', hash, '')).toBeNull()
  const { body } = await call('POST', '/users/register', {
    json: { username: 'imported', email: 'imported@example.com', password: PASSWORD },
  })
  await connect(env).update(users).set({ password_hash: hash }).where(eq(users.id, body.user.id))
  const json = { username: 'imported', password: 'kimchi-1987' }
  expect((await call('POST', '/users/login', { env, json })).status).toBe(200)
  const object = bindings.HASHER.getByName('bounds')
  expect(await object.matchLegacy('x'.repeat(4097), hash, '')).toEqual({ error: 'out-of-bounds' })
})

test('returns 503 if the object fails to verify, not 401', async () => {
  const failing = { derive: () => Promise.reject(new Error('not called in this test')) }
  const namespace = (matched: Matched): HasherNamespace => ({
    getByName: () => ({ ...failing, matchLegacy: () => Promise.resolve(matched) }),
  })
  await expect(matchInPool(namespace({ error: 'failed' }))('a', 'b', '')).rejects.toThrow(
    'The hasher returned the error "failed".',
  )
})
