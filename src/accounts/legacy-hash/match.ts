/** Verifies password hashes of other software. A hash that requires too much work is refused. */
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { argon2id } from './argon2id.ts'
import { bcrypt, BCRYPT_BYTES } from './bcrypt.ts'
import { django, passlib, werkzeug } from './pbkdf2.ts'
import type { Scheme, Verifier } from './scheme.ts'
import { scrypt } from './scrypt.ts'

const SCHEMES: readonly Scheme[] = [bcrypt, passlib, django, werkzeug, scrypt, argon2id]

/** The maximum length of a hash in characters. No scheme has a longer one. */
const MAX_LENGTH = 2048

/** The verifier of a hash without a suffix key, or the reason why the hash is refused. */
export function readLegacyHash(hash: string): Verifier | string {
  if (hash.length > MAX_LENGTH) return 'Longer than any supported hash.'
  if (!hash.isWellFormed() || hash.includes('\0')) return 'Not a supported hash format.'
  const scheme = SCHEMES.find(({ prefix }) => prefix.test(hash))
  return scheme ? scheme.read(hash) : 'Not a supported hash format.'
}

/** The result of a successful verification. */
export type Match = {
  /** The compared bytes, if bcrypt ignored the rest of the password. */
  truncated: Uint8Array<ArrayBuffer> | undefined
}

/**
 * Verifies a password as typed, then in normalization form C, because some software hashed decomposed text. Null for a
 * wrong password and for a refused hash. Never throws.
 *
 * `suffix` is the text that the other software appended to the password before hashing.
 */
export async function matchLegacyHash(password: string, hash: string, suffix: string): Promise<Match | null> {
  const verify = readLegacyHash(hash)
  if (typeof verify === 'string') return null
  for (const form of new Set([password, password.normalize('NFC')])) {
    if (!(await verify(form + suffix))) continue
    const bytes = utf8ToBytes(form)
    const isTruncated = bcrypt.prefix.test(hash) && bytes.length > BCRYPT_BYTES
    return { truncated: isTruncated ? bytes.slice(0, BCRYPT_BYTES) : undefined }
  }
  return null
}
