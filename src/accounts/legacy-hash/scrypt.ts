/** scrypt (RFC 7914) in the format of Werkzeug: `scrypt:N:r:p$salt$key`. The salt is text, the key is hexadecimal. */
import { scrypt as deriveKey } from '@noble/hashes/scrypt.js'
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { isBetween, isEqualKey, wholeNumber, type Scheme } from './scheme.ts'
import { releasingMemory } from './working-memory.ts'

/** The maximum of N·r·p. scrypt mixes 128 times as many bytes. Werkzeug's default is 2^18. */
const MAX_WORK = 2 ** 20

/** The maximum length of a salt in bytes. */
const MAX_SALT = 1024
const KEY_BYTES = 64

export const scrypt: Scheme = {
  prefix: /^scrypt:/,
  read(stored) {
    const [, n = '', rr = '', pp = '', salt = '', digest = ''] =
      /^scrypt:(\d+):(\d+):(\d+)\$([^$]+)\$([\da-f]{128})$/.exec(stored) ?? []
    const [N, r, p] = [wholeNumber(n), wholeNumber(rr), wholeNumber(pp)]
    const saltBytes = utf8ToBytes(salt)
    if (digest === '' || !isBetween(saltBytes.length, 1, MAX_SALT)) return 'Malformed scrypt hash.'
    if (!(N * r * p <= MAX_WORK)) return `The product of scrypt's N, r and p must be at most ${MAX_WORK}.`
    if (N < 2 || r < 1 || p < 1 || !Number.isInteger(Math.log2(N))) return 'Impossible scrypt parameters.'
    const key = hexToBytes(digest)
    return async (password) =>
      isEqualKey(
        releasingMemory(() => deriveKey(password, saltBytes, { N, r, p, dkLen: KEY_BYTES })),
        key,
      )
  },
}
