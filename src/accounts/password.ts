/**
 * Makes and verifies password hashes, and finds those that need a rehash.
 *
 * A hash is PBKDF2-HMAC-SHA256 (RFC 8018 §5.2) in a chain of calls: the derived key of one call is the salt of the
 * next, and the password is the key of each. Production allows 100,000 iterations a call, so six calls make the 600,000
 * that OWASP recommends. The stored form is a PHC string with the parameters:
 *
 *     $pbkdf2-sha256-chain$i=100000,c=6$<salt>$<derived key>       i iterations a call, c calls
 *     $pbkdf2-sha256-chain$i=100000,c=6,p=1$<salt>$<derived key>   the same with the pepper
 *     $pbkdf2-sha256-chain$i=100000,c=6,b=72$<salt>$<derived key>  of the first 72 bytes only, as bcrypt verified them
 *
 * `legacy-hash/` verifies hashes of other schemes. They need a rehash.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { Caller } from '../http/context.ts'
import { lazyRegExp } from '../lazy.ts'
import { KEY_BYTES, MAX_CALLS, MAX_ITERATIONS } from './key-derivation.ts'
import type { Match } from './legacy-hash/match.ts'
import { splitSuffixKey, type Suffixes } from './legacy-hash/suffix.ts'

const SCHEME = 'pbkdf2-sha256-chain'
const ITERATIONS = MAX_ITERATIONS
const CALLS = 6
const SALT_BYTES = 16

/** The number of bytes of a password that bcrypt uses. */
const BCRYPT_BYTES = 72

/** The secrets, and the functions that do the work, in the Worker or in a Durable Object. */
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
 * Hashes a password that `stored` has just verified. If `stored` is a hash of the first 72 bytes, so is the new hash
 * (`b=72`), because the rest of the password was not verified.
 */
export async function rehashPassword(password: string, stored: string, hashing: Hashing): Promise<string> {
  const truncated = await truncatedBytes(password, stored, hashing)
  return hashBytes(truncated ?? bytesOf(password), hashing, randomBytes(SALT_BYTES), truncated !== undefined)
}

async function truncatedBytes(password: string, stored: string, hashing: Hashing): Promise<Uint8Array | undefined> {
  const own = parse(stored)
  const forms = formsOf(password)
  if (forms.every((form) => utf8ToBytes(form).length < BCRYPT_BYTES)) return undefined
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
 * Whether a password matches a stored hash. False at once if the stored string has an unknown format, requires too much
 * work or requires a pepper that is not set. Throws `unavailable` (503) if nothing can hash.
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

/** Whether a stored string has the prefix of a legacy scheme. Does not load the schemes. */
export const isLegacyHash = (stored: string): boolean =>
  /^(\$2|\$pbkdf2-sha256\$|pbkdf2_sha256\$|pbkdf2:sha256|scrypt:|\$argon2id\$)/.test(splitSuffixKey(stored).hash)

/** Whether a stored string is of this scheme and within its bounds. */
export const isOwnHash = (stored: string): boolean => parse(stored) !== null

async function isKeyOf(bytes: Uint8Array, stored: Stored, hashing: Hashing): Promise<boolean> {
  if (stored.peppered && hashing.config.pepper === undefined) return false
  return crypto.subtle.timingSafeEqual(await derive(bytes, stored.salt, stored, hashing), stored.key)
}

/** Verifies a legacy hash. Null if its suffix key is not configured. */
async function matchLegacy(password: string, stored: string, hashing: Hashing): Promise<Match | null> {
  const { hash, key } = splitSuffixKey(stored)
  const suffix = key === undefined ? '' : hashing.config.passwordSuffixes?.[key]
  if (suffix === undefined) return null
  return (hashing.matchLegacy ?? matchInline)(password, hash, suffix)
}

/** Verifies in this isolate. The legacy schemes are loaded at the first call. */
export const matchInline: Caller['matchLegacy'] = async (...input) =>
  (await import('./legacy-hash/match.ts')).matchLegacyHash(...input)

const space = lazyRegExp(String.raw`\p{Zs}`, 'gu')

/** RFC 8265 §4.2.2: spaces become U+0020, in normalization form C, so that every keyboard types the same password. */
const normalizePassword = (password: string) => password.replaceAll(space(), ' ').normalize('NFC')

/** The forms of a password that are verified: as typed, in normalization form C, and normalized as for new hashes. */
const formsOf = (password: string) => [...new Set([password, password.normalize('NFC'), normalizePassword(password)])]

const bytesOf = (password: string) => utf8ToBytes(normalizePassword(password))

/** Whether the parameters of a stored hash differ from those of a new one. */
export function needsRehash(stored: string, pepper?: string): boolean {
  const parsed = parse(stored)
  return (
    parsed?.iterations !== ITERATIONS ||
    parsed.calls !== CALLS ||
    parsed.peppered !== (pepper !== undefined) ||
    parsed.salt.length !== SALT_BYTES
  )
}

/** A hash that no password matches, with the cost of a real one. The password of an unknown user is verified against it. */
export const dummyHash = (pepper?: string) =>
  format({
    iterations: ITERATIONS,
    calls: CALLS,
    peppered: pepper !== undefined,
    truncated: false,
    salt: new Uint8Array(SALT_BYTES),
    key: new Uint8Array(KEY_BYTES),
  })

/** Applies the pepper (HMAC) in the Worker, so that a Durable Object does not receive the password. */
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
    // Not `fromBase64`: the user import runs in Node, which does not have it.
    return Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0))
  } catch {
    return null
  }
}
