/** The Durable Object that hashes passwords. A request to it has 30 s of CPU on every plan; a Worker has 10 ms on the free plan. */
import { DurableObject } from 'cloudflare:workers'
import type { Derived, Matched } from '../config.ts'
import { deriveInline, MAX_CALLS, MAX_ITERATIONS } from './key-derivation.ts'
import { matchInline } from './password.ts'

/** More bytes than a password (1,024 code points, up to 12 bytes each in normal form C) or a salt can have. */
const [MAX_SECRET_BYTES, MAX_SALT_BYTES] = [12_288, 64]

/** More characters than a password, a hash or a suffix can have. */
const MAX_TEXT = 4096

/** Stores nothing, although every Durable Object has storage. */
export class Hasher extends DurableObject {
  /**
   * PBKDF2-HMAC-SHA256 of a password, or of its HMAC if a pepper is set. Returns errors and never throws, because an
   * error loses its class over RPC.
   */
  async derive(secret: Uint8Array, salt: Uint8Array, iterations: number, calls: number): Promise<Derived> {
    if (!isBounded(secret, MAX_SECRET_BYTES) || !isBounded(salt, MAX_SALT_BYTES)) return { error: 'out-of-bounds' }
    if (!isCount(iterations, MAX_ITERATIONS) || !isCount(calls, MAX_CALLS)) return { error: 'out-of-bounds' }
    try {
      return { key: await deriveInline(secret, salt, iterations, calls) }
    } catch {
      return { error: 'failed' }
    }
  }

  /** Verifies a hash of other software: see `matchLegacyHash`. Never throws. */
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
