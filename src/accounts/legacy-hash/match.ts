/** Password hashes of other software: read, verified, and refused when they ask for too much work. */
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { argon2id } from './argon2id.ts'
import { bcrypt, BCRYPT_BYTES } from './bcrypt.ts'
import { django, passlib, werkzeug } from './pbkdf2.ts'
import type { Scheme, Verifier } from './scheme.ts'
import { scrypt } from './scrypt.ts'

const SCHEMES: readonly Scheme[] = [bcrypt, passlib, django, werkzeug, scrypt, argon2id]

/** Characters. No scheme's hash is longer, whatever its salt. */
const MAX_LENGTH = 2048

/** The verifier of a hash without a suffix key, or the reason for which it is refused. */
export function readLegacyHash(hash: string): Verifier | string {
  if (hash.length > MAX_LENGTH) return 'Longer than any supported hash.'
  if (!hash.isWellFormed() || hash.includes('\0')) return 'Not a supported hash format.'
  const scheme = SCHEMES.find(({ prefix }) => prefix.test(hash))
  return scheme ? scheme.read(hash) : 'Not a supported hash format.'
}

/** What a password was verified as. */
export type Match = {
  /** The bytes that were compared, when bcrypt ignored the rest of the password: any other end would have matched too. */
  truncated: Uint8Array<ArrayBuffer> | undefined
}

/**
 * Verifies a password as it was typed, then in normal form C: some software hashed decomposed text. Null for a wrong
 * password and a hash that is refused. Never throws.
 *
 * `suffix` is what the software appended to the password before it hashed.
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
