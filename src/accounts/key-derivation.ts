/** PBKDF2-HMAC-SHA256 as a chain of calls. */

/** PBKDF2 (RFC 8018 §5.2), `calls` times: the key of one call is the salt of the next. Resolves to 32 bytes. */
export type Derive = (
  secret: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  calls: number,
) => Promise<Uint8Array<ArrayBuffer>>

/** The maximum number of iterations of one call in Workers. */
export const MAX_ITERATIONS = 100_000

/** The maximum number of calls: about three times the work of a new hash. */
export const MAX_CALLS = 20

/** The length of a derived key, in bytes. */
export const KEY_BYTES = 32

/** Derives in the isolate of the caller. */
export const deriveInline: Derive = async (secret, salt, iterations, calls) => {
  const key = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveBits'])
  let derived = new Uint8Array(salt)
  for (let call = 0; call < calls; call++) {
    const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt: derived, iterations }
    derived = new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, KEY_BYTES * 8))
  }
  return derived
}
