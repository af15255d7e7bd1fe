/** The Durable Object that hashes passwords: its requests have 30 s of CPU on the free plan too, a Worker's have 10 ms. */
import { DurableObject } from 'cloudflare:workers'
import type { Derived, Matched } from '../config.ts'
import { deriveInline, MAX_CALLS, MAX_ITERATIONS } from './key-derivation.ts'
import { matchInline } from './password.ts'

/** More bytes than a password (1,024 code points, up to 12 bytes each in normal form C) or a salt can have. */
const [MAX_SECRET_BYTES, MAX_SALT_BYTES] = [12_288, 64]

/** More characters than a password, a hash or a suffix can have. */
const MAX_TEXT = 4096

/** Stores nothing. Its storage is there only because each class has one. */
export class Hasher extends DurableObject {
  /** PBKDF2-HMAC-SHA256 over bytes that are a password, or its HMAC where there is a pepper. Never throws: an error loses its kind over RPC. */
  async derive(secret: Uint8Array, salt: Uint8Array, iterations: number, calls: number): Promise<Derived> {
    if (!isBounded(secret, MAX_SECRET_BYTES) || !isBounded(salt, MAX_SALT_BYTES)) return { error: 'out-of-bounds' }
    if (!isCount(iterations, MAX_ITERATIONS) || !isCount(calls, MAX_CALLS)) return { error: 'out-of-bounds' }
    try {
      return { key: await deriveInline(secret, salt, iterations, calls) }
    } catch {
      return { error: 'failed' }
    }
  }

  /** Verifies a hash of other software: see `matchLegacyHash`. Never throws, for the same reason. */
  async matchLegacy(password: string, hash: string, suffix: string): Promise<Matched> {
    if ([password, hash, suffix].some((text) => typeof text !== 'string' || text.length > MAX_TEXT)) {
      return { error: 'out-of-bounds' }
    }
    try {
      return { match: await matchInline(password, hash, suffix) }
    } catch {
      return { error: 'failed' }
    }
  }
}

const isBounded = (bytes: unknown, max: number) => bytes instanceof Uint8Array && bytes.length <= max
const isCount = (value: unknown, max: number) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= max
