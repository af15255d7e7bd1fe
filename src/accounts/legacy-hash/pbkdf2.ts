/** PBKDF2-HMAC-SHA256 in the formats of passlib, Django and Werkzeug. */
import { pbkdf2 } from '@noble/hashes/pbkdf2.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { fromBase64, isBetween, isEqualKey, wholeNumber, type Scheme, type Verifier } from './scheme.ts'

const MAX_ITERATIONS = 2_000_000

/** The maximum number of iterations of one native call in Workers. One call cannot continue another. */
const MAX_NATIVE_ITERATIONS = 100_000

/** The maximum length of a salt in bytes: the limit of passlib. */
const MAX_SALT = 1024
const KEY_BYTES = 32

/** `$pbkdf2-sha256$29000$salt$key`, in Base64 with `.` for `+` and without padding. */
export const passlib: Scheme = {
  prefix: /^\$pbkdf2-sha256\$/,
  read(stored) {
    const [, rounds = '', salt = '', key = ''] = /^\$pbkdf2-sha256\$(\w+)\$([\w./]+)\$([\w./]+)$/.exec(stored) ?? []
    return verifier(rounds, decode(salt), decode(key), 'passlib')
  },
}

/** `pbkdf2_sha256$260000$salt$key`: the salt is text, the key is Base64 with padding. */
export const django: Scheme = {
  prefix: /^pbkdf2_sha256\$/,
  read(stored) {
    const [, rounds = '', salt = '', key = ''] = /^pbkdf2_sha256\$(\w+)\$([^$]+)\$([\w+/]{43}=)$/.exec(stored) ?? []
    return verifier(rounds, utf8ToBytes(salt), fromBase64(key), 'Django')
  },
}

/** `pbkdf2:sha256:260000$salt$key`: the salt is text, the key is hexadecimal. */
export const werkzeug: Scheme = {
  prefix: /^pbkdf2:sha256(:|\$)/,
  read(stored) {
    if (stored.startsWith('pbkdf2:sha256$')) {
      return 'The number of iterations is missing, and each version of Werkzeug has another default.'
    }
    const [, rounds = '', salt = '', key = ''] = /^pbkdf2:sha256:(\w+)\$([^$]+)\$([\da-f]{64})$/.exec(stored) ?? []
    return verifier(rounds, utf8ToBytes(salt), hexToBytes(key), 'Werkzeug')
  },
}

function verifier(
  rounds: string,
  salt: Uint8Array<ArrayBuffer> | null,
  key: Uint8Array | null,
  software: string,
): Verifier | string {
  const iterations = wholeNumber(rounds)
  if (!/^\d+$/.test(rounds) || salt === null || key?.length !== KEY_BYTES || !isBetween(salt.length, 1, MAX_SALT)) {
    return `Malformed PBKDF2 hash in the format of ${software}.`
  }
  if (!isBetween(iterations, 1, MAX_ITERATIONS)) return `PBKDF2 must have 1 to ${MAX_ITERATIONS} iterations.`
  return async (password) => isEqualKey(await derive(password, salt, iterations), key)
}

async function derive(password: string, salt: Uint8Array<ArrayBuffer>, iterations: number): Promise<Uint8Array> {
  if (iterations > MAX_NATIVE_ITERATIONS) return pbkdf2(sha256, password, salt, { c: iterations, dkLen: KEY_BYTES })
  const secret = await crypto.subtle.importKey('raw', utf8ToBytes(password), 'PBKDF2', false, ['deriveBits'])
  const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations }
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, secret, KEY_BYTES * 8))
}

const decode = (encoded: string) => (encoded === '' ? null : fromBase64(encoded.replaceAll('.', '+')))
