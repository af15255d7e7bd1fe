/**
 * Password hashes: made, verified, and told when they are out of date.
 *
 * A hash is PBKDF2-HMAC-SHA256 (RFC 8018 §5.2) in a chain of calls: the derived key of one call is the salt of the
 * next, the password is the key of each. A call may have 100,000 iterations in production, so six of them make the
 * 600,000 that OWASP asks for. The stored form is a PHC string that says all of this:
 *
 *     $pbkdf2-sha256-chain$i=100000,c=6$<salt>$<derived key>       i iterations a call, c calls
 *     $pbkdf2-sha256-chain$i=100000,c=6,p=1$<salt>$<derived key>   the same with the pepper
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { Caller } from '../http/context.ts'
import { KEY_BYTES, MAX_CALLS, MAX_ITERATIONS } from './key-derivation.ts'

const SCHEME = 'pbkdf2-sha256-chain'
const ITERATIONS = MAX_ITERATIONS
const CALLS = 6
const SALT_BYTES = 16

/** The pepper, and where the work is done: in the Worker, or in a Durable Object. */
export type Hashing = { config: Pick<Caller['config'], 'pepper'>; derive: Caller['derive'] }

type Parameters = { iterations: number; calls: number; peppered: boolean }
type Stored = Parameters & { salt: Uint8Array; key: Uint8Array }

/** Hashes a password with a fresh salt. */
export async function hashPassword(
  password: string,
  hashing: Hashing,
  salt = randomBytes(SALT_BYTES),
): Promise<string> {
  const parameters = { iterations: ITERATIONS, calls: CALLS, peppered: hashing.config.pepper !== undefined }
  return format({ ...parameters, salt, key: await derive(password, salt, parameters, hashing) })
}

/**
 * Whether a password is the one that was hashed. A stored string that is not ours, or asks for more work than is
 * allowed, or for a pepper that is not there, is false at once. Throws only where hashing is `unavailable` (503).
 */
export async function verifyPassword(password: string, stored: string, hashing: Hashing): Promise<boolean> {
  const parsed = parse(stored)
  if (!parsed || (parsed.peppered && hashing.config.pepper === undefined)) return false
  return crypto.subtle.timingSafeEqual(await derive(password, parsed.salt, parsed, hashing), parsed.key)
}

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
    salt: new Uint8Array(SALT_BYTES),
    key: new Uint8Array(KEY_BYTES),
  })

/** The pepper's HMAC is made here, so that where there is a pepper the password stays in the Worker. */
async function derive(
  password: string,
  salt: Uint8Array,
  { iterations, calls, peppered }: Parameters,
  { config: { pepper }, derive: deriveKey }: Hashing,
) {
  const bytes = utf8ToBytes(password)
  const secret = peppered && pepper !== undefined ? hmac(sha256, utf8ToBytes(pepper), bytes) : bytes
  return deriveKey(secret, salt, iterations, calls)
}

function format({ iterations, calls, peppered, salt, key }: Stored): string {
  const parameters = `i=${iterations},c=${calls}${peppered ? ',p=1' : ''}`
  return `$${SCHEME}$${parameters}$${toBase64(salt)}$${toBase64(key)}`
}

/** PHC string format: `$scheme$parameters$salt$hash`, Base64 without padding. Null for anything else. */
function parse(stored: string): Stored | null {
  const match = /^\$pbkdf2-sha256-chain\$i=(\d{1,6}),c=(\d{1,2})(,p=1)?\$([\w+/]{1,86})\$([\w+/]{43})$/.exec(stored)
  if (!match) return null
  const [, i, c, p, s = '', k = ''] = match
  const [iterations, calls, salt, key] = [Number(i), Number(c), fromBase64(s), fromBase64(k)]
  if (iterations < 1 || iterations > ITERATIONS || calls < 1 || calls > MAX_CALLS || !salt || !key) return null
  return { iterations, calls, peppered: p !== undefined, salt, key }
}

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length))

const toBase64 = (bytes: Uint8Array) => bytes.toBase64({ omitPadding: true })

function fromBase64(encoded: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.fromBase64(encoded)
  } catch {
    return null
  }
}
