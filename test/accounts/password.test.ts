import { hmac } from '@noble/hashes/hmac.js'
import { pbkdf2 } from '@noble/hashes/pbkdf2.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { deriveInline } from '../../src/accounts/key-derivation.ts'
import { hashPassword, needsRehash, dummyHash, verifyPassword } from '../../src/accounts/password.ts'
import { countIterations } from '../support/production-limits.ts'

const PASSWORD = '개구리 올챙이 적 생각'
/** Hashing in this isolate. */
const hashing = (pepper?: string) => ({ config: { pepper }, derive: deriveInline })

const b64 = (bytes: Uint8Array) => bytes.toBase64({ omitPadding: true })

/** The scheme again, from its description, over another implementation of PBKDF2. */
function independently(key: Uint8Array, salt: Uint8Array, iterations: number, calls: number): string {
  let derived = salt
  for (let call = 0; call < calls; call++) derived = pbkdf2(sha256, key, derived, { c: iterations, dkLen: 32 })
  return b64(derived)
}

test('a hash is what its description says, with 600,000 iterations in all', async () => {
  let stored = ''
  const salt = new Uint8Array(16).fill(7)
  expect(await countIterations(async () => void (stored = await hashPassword(PASSWORD, hashing(), salt)))).toBe(600_000)
  // Six calls of 100,000, made once with @noble/hashes and once with Node's own pbkdf2; inside workerd it takes noble too long.
  const derived = 'Usl3/x/g/TWEwfugNW13+IOzhIjlPQlR/JE3vbDrCoQ'
  expect(stored).toBe(`$pbkdf2-sha256-chain$i=100000,c=6$${b64(salt)}$${derived}`)
})

test('the pepper is an HMAC of the password, and the stored string says that there was one', async () => {
  const salt = new Uint8Array(16).fill(9)
  const peppered = hmac(sha256, utf8ToBytes('black'), utf8ToBytes(PASSWORD))
  const stored = `$pbkdf2-sha256-chain$i=1000,c=2,p=1$${b64(salt)}$${independently(peppered, salt, 1000, 2)}`
  expect(await verifyPassword(PASSWORD, stored, hashing('black'))).toBe(true)
  expect(await verifyPassword(PASSWORD, stored, hashing('white'))).toBe(false)
  expect(await verifyPassword(PASSWORD, stored, hashing())).toBe(false)
  expect(await hashPassword(PASSWORD, hashing('black'))).toContain('$i=100000,c=6,p=1$')
})

test('the right password fits, another does not, and no two hashes are the same', async () => {
  const [one, two] = await Promise.all([hashPassword(PASSWORD, hashing()), hashPassword(PASSWORD, hashing())])
  expect(one).not.toBe(two)
  expect(await verifyPassword(PASSWORD, one, hashing())).toBe(true)
  expect(await verifyPassword(`${PASSWORD} `, one, hashing())).toBe(false)
  expect(await verifyPassword('', one, hashing())).toBe(false)
})

test('what an unknown user is checked against costs what a real hash costs, and nothing fits it', async () => {
  let fits = true
  expect(await countIterations(async () => void (fits = await verifyPassword(PASSWORD, dummyHash(), hashing())))).toBe(
    600_000,
  )
  expect(fits).toBe(false)
  expect(dummyHash('black')).toContain(',p=1$')
})

const salt = b64(new Uint8Array(16))
const key = b64(new Uint8Array(32))

test.each([
  ['an empty string', ''],
  ['2^31 iterations', `$pbkdf2-sha256-chain$i=2147483648,c=6$${salt}$${key}`],
  ['one iteration more than a call may have', `$pbkdf2-sha256-chain$i=100001,c=6$${salt}$${key}`],
  ['a million calls', `$pbkdf2-sha256-chain$i=100000,c=1000000$${salt}$${key}`],
  ['more calls than are allowed', `$pbkdf2-sha256-chain$i=100000,c=21$${salt}$${key}`],
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
  ['more digits than a number may have', `$pbkdf2-sha256-chain$i=0001000,c=6$${salt}$${key}`],
  ['more digits than a number of calls may have', `$pbkdf2-sha256-chain$i=1000,c=006$${salt}$${key}`],
  ['a number without digits', `$pbkdf2-sha256-chain$i=,c=6$${salt}$${key}`],
  ['something before it', `x$pbkdf2-sha256-chain$i=1000,c=6$${salt}$${key}`],
  ['something after it', `$pbkdf2-sha256-chain$i=1000,c=6$${salt}$${key}\n`],
])('a stored string that is not ours is a wrong password at once: %s', async (_, stored) => {
  let fits = true
  expect(await countIterations(async () => void (fits = await verifyPassword(PASSWORD, stored, hashing())))).toBe(0)
  expect(fits).toBe(false)
  expect(needsRehash(stored)).toBe(true)
})

test('a hash is stale when its parameters are not today’s', () => {
  const today = `$pbkdf2-sha256-chain$i=100000,c=6$${salt}$${key}`
  expect(needsRehash(today)).toBe(false)
  expect(needsRehash(today, 'black')).toBe(true)
  expect(needsRehash(today.replace('c=6', 'c=6,p=1'), 'black')).toBe(false)
  expect(needsRehash(today.replace('c=6', 'c=6,p=1'))).toBe(true)
  expect(needsRehash(today.replace('c=6', 'c=5'))).toBe(true)
  expect(needsRehash(today.replace('i=100000', 'i=90000'))).toBe(true)
  expect(needsRehash(today.replace(salt, 'AAAA'))).toBe(true)
})

test('verification takes as many calls as the stored string says', async () => {
  const old = `$pbkdf2-sha256-chain$i=1000,c=3$${salt}$${independently(utf8ToBytes(PASSWORD), new Uint8Array(16), 1000, 3)}`
  expect(await countIterations(async () => expect(await verifyPassword(PASSWORD, old, hashing())).toBe(true))).toBe(
    3000,
  )
})

test('the least and the most that a stored string may ask for is verified', async () => {
  for (const [iterations, calls] of [
    [1, 1],
    [1, 20],
    [100_000, 1],
  ] as const) {
    // Over the platform's own PBKDF2: inside workerd 100,000 iterations take noble too long.
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

test('a hash from before there was a pepper is verified without it', async () => {
  const stored = `$pbkdf2-sha256-chain$i=1000,c=1$${salt}$${independently(utf8ToBytes(PASSWORD), new Uint8Array(16), 1000, 1)}`
  expect(await verifyPassword(PASSWORD, stored, hashing('black'))).toBe(true)
  expect(needsRehash(stored, 'black')).toBe(true)
})

test('a hash that needs a pepper that is not there is a wrong password at once', async () => {
  const stored = `$pbkdf2-sha256-chain$i=1000,c=1,p=1$${salt}$${key}`
  expect(await countIterations(() => verifyPassword(PASSWORD, stored, hashing()))).toBe(0)
  expect(await countIterations(() => verifyPassword(PASSWORD, stored, hashing('black')))).toBe(1000)
})

test('a salt is sixteen bytes, and what an unknown user is checked against looks like a hash', async () => {
  const made = await hashPassword(PASSWORD, hashing())
  expect(made.split('$')[3]).toHaveLength(22)
  expect(dummyHash()).toHaveLength(made.length)
  expect([needsRehash(made), needsRehash(dummyHash()), needsRehash(dummyHash('black'), 'black')]).toEqual([
    false,
    false,
    false,
  ])
})
