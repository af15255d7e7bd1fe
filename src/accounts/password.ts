/**
 * Password hashes: made, verified, and told when they are out of date.
 *
 * A hash is PBKDF2-HMAC-SHA256 (RFC 8018 §5.2) in a chain of calls: the derived key of one call is the salt of the
 * next, the password is the key of each. A call may have 100,000 iterations in production, so six of them make the
 * 600,000 that OWASP asks for. The stored form is a PHC string that says all of this:
 *
 *     $pbkdf2-sha256-chain$i=100000,c=6$<salt>$<derived key>       i iterations a call, c calls
 *     $pbkdf2-sha256-chain$i=100000,c=6,p=1$<salt>$<derived key>   the same with the pepper
 *     $pbkdf2-sha256-chain$i=100000,c=6,b=72$<salt>$<derived key>  of the first 72 bytes only, which bcrypt had verified
 *
 * A hash of another scheme is verified by `legacy-hash/`, and needs a rehash.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { Caller } from '../http/context.ts'
import { KEY_BYTES, MAX_CALLS, MAX_ITERATIONS } from './key-derivation.ts'
import type { Match } from './legacy-hash/match.ts'
import { splitSuffixKey, type Suffixes } from './legacy-hash/suffix.ts'

const SCHEME = 'pbkdf2-sha256-chain'
const ITERATIONS = MAX_ITERATIONS
const CALLS = 6
const SALT_BYTES = 16

/** Bytes of a password that bcrypt looks at. */
const BCRYPT_BYTES = 72

/** The secrets, and where the work is done: in the Worker (the default for legacy hashes), or in a Durable Object. */
export type Hashing = {
  config: { pepper: string | undefined; passwordSuffixes?: Suffixes }
  derive: Caller['derive']
  matchLegacy?: Caller['matchLegacy']
}

type Parameters = { iterations: number; calls: number; peppered: boolean; truncated: boolean }
type Stored = Parameters & { salt: Uint8Array; key: Uint8Array }

/** Hashes a password with a fresh salt. */
export async function hashPassword(
  password: string,
  hashing: Hashing,
  salt = randomBytes(SALT_BYTES),
): Promise<string> {
  return hashBytes(bytesOf(password), hashing, salt)
}

/**
 * Hashes a password that `stored` has just verified. Where `stored` is of 72 bytes only, so is the new hash, and it says
 * so: any other end of the password would have been verified too.
 */
export async function rehashPassword(password: string, stored: string, hashing: Hashing): Promise<string> {
  const truncated = await truncatedBytes(password, stored, hashing)
  return hashBytes(truncated ?? bytesOf(password), hashing, randomBytes(SALT_BYTES), truncated !== undefined)
}

async function truncatedBytes(password: string, stored: string, hashing: Hashing): Promise<Uint8Array | undefined> {
  const own = parse(stored)
  const forms = formsOf(password)
  if (forms.every((form) => utf8ToBytes(form).length <= BCRYPT_BYTES)) return undefined
  if (!own) return (await matchLegacy(password, stored, hashing))?.truncated
  if (!own.truncated) return undefined
  for (const form of forms) {
    const bytes = utf8ToBytes(form).slice(0, BCRYPT_BYTES)
    if (await isKeyOf(bytes, own, hashing)) return bytes
  }
  return undefined
}

async function hashBytes(bytes: Uint8Array, hashing: Hashing, salt: Uint8Array, truncated = false): Promise<string> {
  const peppered = hashing.config.pepper !== undefined
  const parameters = { iterations: ITERATIONS, calls: CALLS, peppered, truncated }
  return format({ ...parameters, salt, key: await derive(bytes, salt, parameters, hashing) })
}

/**
 * Whether a password is the one that was hashed. A stored string that is not ours, or asks for more work than is
 * allowed, or for a pepper that is not there, is false at once. Throws only where hashing is `unavailable` (503).
 */
export async function verifyPassword(password: string, stored: string, hashing: Hashing): Promise<boolean> {
  const parsed = parse(stored)
  if (!parsed) return (await matchLegacy(password, stored, hashing)) !== null
  if (!parsed.truncated) return isKeyOf(bytesOf(password), parsed, hashing)
  for (const form of formsOf(password)) {
    if (await isKeyOf(utf8ToBytes(form).slice(0, BCRYPT_BYTES), parsed, hashing)) return true
  }
  return false
}

/** Whether a stored string claims to be of one of the schemes of other software; decided without loading them. */
export const isLegacyHash = (stored: string): boolean =>
  /^(\$2|\$pbkdf2-sha256\$|pbkdf2_sha256\$|pbkdf2:sha256|scrypt:|\$argon2id\$)/.test(splitSuffixKey(stored).hash)

/** Whether a stored string is of this scheme and within its bounds. */
export const isOwnHash = (stored: string): boolean => parse(stored) !== null

async function isKeyOf(bytes: Uint8Array, stored: Stored, hashing: Hashing): Promise<boolean> {
  if (stored.peppered && hashing.config.pepper === undefined) return false
  return crypto.subtle.timingSafeEqual(await derive(bytes, stored.salt, stored, hashing), stored.key)
}

/** Verifies where the hashing is done. A suffix whose key is not configured is logged nowhere and matches nothing. */
async function matchLegacy(password: string, stored: string, hashing: Hashing): Promise<Match | null> {
  const { hash, key } = splitSuffixKey(stored)
  const suffix = key === undefined ? '' : hashing.config.passwordSuffixes?.[key]
  if (suffix === undefined) return null
  return (hashing.matchLegacy ?? matchInline)(password, hash, suffix)
}

/** The verifiers of other schemes are loaded when the first such hash is met. */
export const matchInline: Caller['matchLegacy'] = async (...input) =>
  (await import('./legacy-hash/match.ts')).matchLegacyHash(...input)

/** RFC 8265 §4.2.2: every space is U+0020, and the normalization form is C. Any keyboard then types the same password. */
const normalizePassword = (password: string) => password.replaceAll(/\p{Zs}/gu, ' ').normalize('NFC')

/** A password as it was typed, in normalization form C, and normalized as new hashes are. */
const formsOf = (password: string) => [...new Set([password, password.normalize('NFC'), normalizePassword(password)])]

const bytesOf = (password: string) => utf8ToBytes(normalizePassword(password))

/** Whether a stored string was made with other parameters than a new one would be. */
export function needsRehash(stored: string, pepper?: string): boolean {
  const parsed = parse(stored)
  return (
    parsed?.iterations !== ITERATIONS ||
    parsed.calls !== CALLS ||
    parsed.peppered !== (pepper !== undefined) ||
    parsed.salt.length !== SALT_BYTES
  )
}

/** A stored string that no password fits, with the cost of a real one: what an unknown user is checked against. */
export const dummyHash = (pepper?: string) =>
  format({
    iterations: ITERATIONS,
    calls: CALLS,
    peppered: pepper !== undefined,
    truncated: false,
    salt: new Uint8Array(SALT_BYTES),
    key: new Uint8Array(KEY_BYTES),
  })

/** The pepper's HMAC is made here, so that where there is a pepper the password stays in the Worker. */
async function derive(
  bytes: Uint8Array,
  salt: Uint8Array,
  { iterations, calls, peppered }: Parameters,
  { config: { pepper }, derive: deriveKey }: Hashing,
) {
  const secret = peppered && pepper !== undefined ? hmac(sha256, utf8ToBytes(pepper), bytes) : bytes
  return deriveKey(secret, salt, iterations, calls)
}

function format({ iterations, calls, peppered, truncated, salt, key }: Stored): string {
  const parameters = `i=${iterations},c=${calls}${truncated ? `,b=${BCRYPT_BYTES}` : ''}${peppered ? ',p=1' : ''}`
  return `$${SCHEME}$${parameters}$${toBase64(salt)}$${toBase64(key)}`
}

/** PHC string format: `$scheme$parameters$salt$hash`, Base64 without padding. Null for anything else. */
function parse(stored: string): Stored | null {
  const match = /^\$pbkdf2-sha256-chain\$i=(\d{1,6}),c=(\d{1,2})(,b=72)?(,p=1)?\$([\w+/]{1,86})\$([\w+/]{43})$/.exec(
    stored,
  )
  if (!match) return null
  const [, i, c, b, p, s = '', k = ''] = match
  const [iterations, calls, salt, key] = [Number(i), Number(c), fromBase64(s), fromBase64(k)]
  if (iterations < 1 || iterations > ITERATIONS || calls < 1 || calls > MAX_CALLS || !salt || !key) return null
  return { iterations, calls, peppered: p !== undefined, truncated: b !== undefined, salt, key }
}

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length))

const toBase64 = (bytes: Uint8Array) => bytes.toBase64({ omitPadding: true })

function fromBase64(encoded: string): Uint8Array<ArrayBuffer> | null {
  try {
    // Not `fromBase64`: the import of users runs in Node, which has none yet.
    return Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0))
  } catch {
    return null
  }
}
