import { hmac } from '@noble/hashes/hmac.js'
import { pbkdf2 } from '@noble/hashes/pbkdf2.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { deriveInline } from '../../src/accounts/key-derivation.ts'
import { withSuffixKey } from '../../src/accounts/legacy-hash/suffix.ts'
import {
  dummyHash,
  hashPassword,
  isOwnHash,
  needsRehash,
  rehashPassword,
  verifyPassword,
} from '../../src/accounts/password.ts'
import { countIterations } from '../support/production-limits.ts'

const PASSWORD = '개구리 올챙이 적 생각'
/** Hashing in this isolate, without a pepper. */
const hashing = (pepper?: string) => ({ config: { pepper }, derive: deriveInline })

const b64 = (bytes: Uint8Array) => bytes.toBase64({ omitPadding: true })

/** The scheme, implemented from its description over another implementation of PBKDF2. */
function independently(key: Uint8Array, salt: Uint8Array, iterations: number, calls: number): string {
  let derived = salt
  for (let call = 0; call < calls; call++) derived = pbkdf2(sha256, key, derived, { c: iterations, dkLen: 32 })
  return b64(derived)
}

test('a hash matches the description of the scheme, with 600,000 iterations in total', async () => {
  let stored = ''
  const salt = new Uint8Array(16).fill(7)
  expect(await countIterations(async () => void (stored = await hashPassword(PASSWORD, hashing(), salt)))).toBe(600_000)
  // Six calls of 100,000, precomputed with @noble/hashes and with Node's pbkdf2, because noble is too slow in workerd.
  const derived = 'Usl3/x/g/TWEwfugNW13+IOzhIjlPQlR/JE3vbDrCoQ'
  expect(stored).toBe(`$pbkdf2-sha256-chain$i=100000,c=6$${b64(salt)}$${derived}`)
})

test('the pepper is applied as an HMAC, and the stored string has p=1', async () => {
  const salt = new Uint8Array(16).fill(9)
  const peppered = hmac(sha256, utf8ToBytes('black'), utf8ToBytes(PASSWORD))
  const stored = `$pbkdf2-sha256-chain$i=1000,c=2,p=1$${b64(salt)}$${independently(peppered, salt, 1000, 2)}`
  expect(await verifyPassword(PASSWORD, stored, hashing('black'))).toBe(true)
  expect(await verifyPassword(PASSWORD, stored, hashing('white'))).toBe(false)
  expect(await verifyPassword(PASSWORD, stored, hashing())).toBe(false)
  expect(await hashPassword(PASSWORD, hashing('black'))).toContain('$i=100000,c=6,p=1$')
})

test('verifies the correct password, refuses another, and hashes with a new salt each time', async () => {
  const [one, two] = await Promise.all([hashPassword(PASSWORD, hashing()), hashPassword(PASSWORD, hashing())])
  expect(one).not.toBe(two)
  expect(await verifyPassword(PASSWORD, one, hashing())).toBe(true)
  expect(await verifyPassword(`${PASSWORD} `, one, hashing())).toBe(false)
  expect(await verifyPassword('', one, hashing())).toBe(false)
})

test('the dummy hash costs as much as a real one, and no password matches it', async () => {
  let isValid = true
  expect(
    await countIterations(async () => void (isValid = await verifyPassword(PASSWORD, dummyHash(), hashing()))),
  ).toBe(600_000)
  expect(isValid).toBe(false)
  expect(dummyHash('black')).toContain(',p=1$')
})

const salt = b64(new Uint8Array(16))
const key = b64(new Uint8Array(32))

test.each([
  ['an empty string', ''],
  ['2^31 iterations', `$pbkdf2-sha256-chain$i=2147483648,c=6$${salt}$${key}`],
  ['one iteration above the maximum of a call', `$pbkdf2-sha256-chain$i=100001,c=6$${salt}$${key}`],
  ['a million calls', `$pbkdf2-sha256-chain$i=100000,c=1000000$${salt}$${key}`],
  ['one call above the maximum', `$pbkdf2-sha256-chain$i=100000,c=21$${salt}$${key}`],
  ['no iterations', `$pbkdf2-sha256-chain$i=0,c=6$${salt}$${key}`],
  ['no calls', `$pbkdf2-sha256-chain$i=100000,c=0$${salt}$${key}`],
  ['a negative number', `$pbkdf2-sha256-chain$i=-1,c=6$${salt}$${key}`],
  ['bad Base64 in the salt', `$pbkdf2-sha256-chain$i=1000,c=6$!!!!$${key}`],
  ['bad Base64 in the key', `$pbkdf2-sha256-chain$i=1000,c=6$${salt}$${key.slice(0, -1)}!`],
  ['a salt of impossible length', `$pbkdf2-sha256-chain$i=1000,c=6$A$${key}`],
  ['a short key', `$pbkdf2-sha256-chain$i=1000,c=6$${salt}$AAAA`],
  ['a long key', `$pbkdf2-sha256-chain$i=1000,c=6$${salt}$${key}AAAA`],
  ['an empty salt', `$pbkdf2-sha256-chain$i=1000,c=6$$${key}`],
  ['a huge salt', `$pbkdf2-sha256-chain$i=1000,c=6$${'A'.repeat(100_000)}$${key}`],
  ['an unknown scheme', `$argon2id$v=19$m=65536,t=3,p=4$${salt}$${key}`],
  ['an unknown parameter', `$pbkdf2-sha256-chain$i=1000,c=6,p=2$${salt}$${key}`],
  ['parameters in another order', `$pbkdf2-sha256-chain$c=6,i=1000$${salt}$${key}`],
  ['bad Base64 of the right length in the key', `$pbkdf2-sha256-chain$i=1000,c=6$${salt}$${'_'.repeat(43)}`],
  ['iterations with leading zeros', `$pbkdf2-sha256-chain$i=0001000,c=6$${salt}$${key}`],
  ['calls with leading zeros', `$pbkdf2-sha256-chain$i=1000,c=006$${salt}$${key}`],
  ['a number without digits', `$pbkdf2-sha256-chain$i=,c=6$${salt}$${key}`],
  ['a prefix', `x$pbkdf2-sha256-chain$i=1000,c=6$${salt}$${key}`],
  ['a suffix', `$pbkdf2-sha256-chain$i=1000,c=6$${salt}$${key}\n`],
])('refuses a malformed stored string without hashing: %s', async (_, stored) => {
  let isValid = true
  expect(await countIterations(async () => void (isValid = await verifyPassword(PASSWORD, stored, hashing())))).toBe(0)
  expect(isValid).toBe(false)
  expect([needsRehash(stored), isOwnHash(stored)]).toEqual([true, false])
})

test('a hash with other parameters needs a rehash', () => {
  const today = `$pbkdf2-sha256-chain$i=100000,c=6$${salt}$${key}`
  expect(needsRehash(today)).toBe(false)
  expect(needsRehash(today, 'black')).toBe(true)
  expect(needsRehash(today.replace('c=6', 'c=6,p=1'), 'black')).toBe(false)
  expect(needsRehash(today.replace('c=6', 'c=6,p=1'))).toBe(true)
  expect(needsRehash(today.replace('c=6', 'c=5'))).toBe(true)
  expect(needsRehash(today.replace('i=100000', 'i=90000'))).toBe(true)
  expect(needsRehash(today.replace(salt, 'AAAA'))).toBe(true)
})

test('verification makes as many calls as the stored string specifies', async () => {
  const old = `$pbkdf2-sha256-chain$i=1000,c=3$${salt}$${independently(utf8ToBytes(PASSWORD), new Uint8Array(16), 1000, 3)}`
  expect(await countIterations(async () => expect(await verifyPassword(PASSWORD, old, hashing())).toBe(true))).toBe(
    3000,
  )
})

test('verifies hashes with the minimum and the maximum parameters', async () => {
  for (const [iterations, calls] of [
    [1, 1],
    [1, 20],
    [100_000, 1],
  ] as const) {
    // With the PBKDF2 of the platform, because noble is too slow in workerd.
    const raw = await crypto.subtle.importKey('raw', utf8ToBytes(PASSWORD), 'PBKDF2', false, ['deriveBits'])
    let derived = new Uint8Array(16)
    for (let call = 0; call < calls; call++) {
      const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt: derived, iterations }
      derived = new Uint8Array(await crypto.subtle.deriveBits(algorithm, raw, 256))
    }
    const stored = `$pbkdf2-sha256-chain$i=${iterations},c=${calls}$${salt}$${b64(derived)}`
    expect(await verifyPassword(PASSWORD, stored, hashing())).toBe(true)
  }
})

test('a hash without a pepper is verified without it', async () => {
  const stored = `$pbkdf2-sha256-chain$i=1000,c=1$${salt}$${independently(utf8ToBytes(PASSWORD), new Uint8Array(16), 1000, 1)}`
  expect(await verifyPassword(PASSWORD, stored, hashing('black'))).toBe(true)
  expect(needsRehash(stored, 'black')).toBe(true)
})

test('refuses a hash that requires a missing pepper, without hashing', async () => {
  const stored = `$pbkdf2-sha256-chain$i=1000,c=1,p=1$${salt}$${key}`
  expect(await countIterations(() => verifyPassword(PASSWORD, stored, hashing()))).toBe(0)
  expect(await countIterations(() => verifyPassword(PASSWORD, stored, hashing('black')))).toBe(1000)
})

test('a salt has sixteen bytes, and the dummy hash has the format of a hash', async () => {
  const made = await hashPassword(PASSWORD, hashing())
  expect(made.split('$')[3]).toHaveLength(22)
  expect(dummyHash()).toHaveLength(made.length)
  expect([needsRehash(made), needsRehash(dummyHash()), needsRehash(dummyHash('black'), 'black')]).toEqual([
    false,
    false,
    false,
  ])
})

const LONG = `${'0123456789'.repeat(7)}ab`
const start = utf8ToBytes(LONG)
/** A hash of the first 72 bytes, as the hash of a longer password that bcrypt verified is replaced. */
const truncated = `$pbkdf2-sha256-chain$i=1000,c=1,b=72$${salt}$${independently(start, new Uint8Array(16), 1000, 1)}`
/** A hash of the same scheme of all bytes. */
const ownHashOf = (password: string) =>
  `$pbkdf2-sha256-chain$i=1000,c=1$${salt}$${independently(utf8ToBytes(password), new Uint8Array(16), 1000, 1)}`

test('a hash with b=72 is of the first 72 bytes of the password', async () => {
  expect(start).toHaveLength(72)
  for (const rest of ['', 'c', ' another end'])
    expect(await verifyPassword(LONG + rest, truncated, hashing())).toBe(true)
  for (const wrong of [LONG.slice(0, 71), `${LONG.slice(0, 71)}B`, `x${LONG.slice(1)}c`, `${LONG.slice(1)}cd`])
    expect(await verifyPassword(wrong, truncated, hashing())).toBe(false)
  expect(isOwnHash(truncated)).toBe(true)
})

test('the rehash of a hash with b=72 has b=72, and any rest of the password matches it', async () => {
  const rehashed = await rehashPassword(`${LONG}c`, truncated, hashing('black'))
  expect(rehashed).toContain('$i=100000,c=6,b=72,p=1$')
  expect(await verifyPassword(`${LONG}d`, rehashed, hashing('black'))).toBe(true)
  expect(await verifyPassword(`x${LONG.slice(1)}c`, rehashed, hashing('black'))).toBe(false)
  // A sign-in with the first 72 bytes alone does not make the whole password a wrong one.
  const ofStart = await rehashPassword(LONG, truncated, hashing('black'))
  expect(await verifyPassword(`${LONG}c`, ofStart, hashing('black'))).toBe(true)
})

test('the rehash of a bcrypt hash has b=72 if bcrypt ignored the end of the password', async () => {
  // Of 73 bytes, from python3-bcrypt: see `password-hashes.json`.
  const bcrypt = '$2b$04$Te5RBlcO2UGxrEg5aMx5X.oqR9EkGxQ391P6gdcgzWIBjhEBH334S'
  const rehashed = await rehashPassword(`${LONG}c`, bcrypt, hashing())
  expect(rehashed).toContain('$i=100000,c=6,b=72$')
  expect(await verifyPassword(`${LONG}d`, rehashed, hashing())).toBe(true)
})

test.each([
  ['of this scheme', ownHashOf(`${LONG}c`), `${LONG}c`],
  ['of passlib', '$pbkdf2-sha256$29000$pPTe29s7h9BaK2VMyfkfww$CAZHxALgrUnAz0YjCIzejJgXxoLqdt4K3gBIw9JqfX4', `${LONG}c`],
])('the rehash of a hash of all bytes is of all bytes: %s', async (_, stored, password) => {
  expect(await verifyPassword(password, stored, hashing())).toBe(true)
  const rehashed = await rehashPassword(password, stored, hashing())
  expect(rehashed).not.toContain('b=72')
  expect(await verifyPassword(password, rehashed, hashing())).toBe(true)
  expect(await verifyPassword(`${password.slice(0, -1)}d`, rehashed, hashing())).toBe(false)
})

test.each([
  ['of this scheme, also for a long password', ownHashOf(`${LONG}c`), `${LONG}c`],
  [
    'of passlib',
    '$pbkdf2-sha256$1000$9d7bu3cOYcxZi7HWOkcoJQ$hspHdOkoYb3pSYitfVhfyu6bWKZzTnWVmiXbHLHDRAg',
    'kimchi-1987',
  ],
])('a rehash does not verify the old hash again: %s', async (_, stored, password) => {
  expect(await countIterations(() => rehashPassword(password, stored, hashing()))).toBe(600_000)
})

test('a hash with b=72 of another normalization form is verified, and replaced in that form', async () => {
  // The decomposed form is longer, so its first 72 bytes are others.
  const composed = 'é'.repeat(40)
  const [typed, bytes] = [composed.normalize('NFD'), utf8ToBytes(composed).slice(0, 72)]
  const stored = `$pbkdf2-sha256-chain$i=1000,c=1,b=72$${salt}$${independently(bytes, new Uint8Array(16), 1000, 1)}`
  expect(await verifyPassword(typed, stored, hashing())).toBe(true)
  const rehashed = await rehashPassword(typed, stored, hashing())
  expect(rehashed).toContain(',b=72$')
  expect(await verifyPassword(composed, rehashed, hashing())).toBe(true)
})

test('a hash with a suffix key is verified with that suffix, and without it refused without hashing', async () => {
  const derived = pbkdf2(sha256, utf8ToBytes(`${PASSWORD}sea*salt`), utf8ToBytes('salt'), { c: 1000, dkLen: 32 })
  const stored = withSuffixKey('old', `pbkdf2:sha256:1000$salt$${derived.toHex()}`)
  const verify = (passwordSuffixes?: Record<string, string>) =>
    verifyPassword(PASSWORD, stored, {
      config: { pepper: undefined, ...(passwordSuffixes && { passwordSuffixes }) },
      derive: deriveInline,
    })
  expect(await verify({ old: 'sea*salt' })).toBe(true)
  expect(await verify({ old: 'another' })).toBe(false)
  for (const suffixes of [undefined, { new: 'sea*salt' }])
    expect(await countIterations(async () => expect(await verify(suffixes)).toBe(false))).toBe(0)
})
