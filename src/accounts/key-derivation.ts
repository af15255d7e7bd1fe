/** PBKDF2-HMAC-SHA256 as a chain of calls: in the Worker, or wherever `Derive` does it. */

/** RFC 8018 §5.2, `calls` times: the key of one call is the salt of the next. Resolves to 32 bytes. */
export type Derive = (
  secret: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  calls: number,
) => Promise<Uint8Array<ArrayBuffer>>

/** Workers refuse more iterations in one call. */
export const MAX_ITERATIONS = 100_000

/** About three times the work of today's hashes. */
export const MAX_CALLS = 20

/** The length of a derived key, in bytes. */
export const KEY_BYTES = 32

/** Derives in the isolate that calls it. */
export const deriveInline: Derive = async (secret, salt, iterations, calls) => {
  const key = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveBits'])
  let derived = new Uint8Array(salt)
  for (let call = 0; call < calls; call++) {
    const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt: derived, iterations }
    derived = new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, KEY_BYTES * 8))
  }
  return derived
}
