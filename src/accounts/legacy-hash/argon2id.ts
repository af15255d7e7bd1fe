/** Argon2id (RFC 9106) as `$argon2id$v=19$m=65536,t=3,p=4$salt$key`, versions 1.3 and 1.0. */
import { argon2id as deriveKey } from '@noble/hashes/argon2.js'
import { fromBase64, isBetween, isEqualKey, wholeNumber, type Scheme } from './scheme.ts'
import { releasingMemory } from './working-memory.ts'

/** The maximum memory in KiB. An isolate has 128 MiB. */
const MAX_MEMORY = 64 * 1024

/** The maximum of passes times lanes, and of KiB times passes: the work is proportional to both. */
const MAX_PASSES_AND_LANES = 16
const MAX_WORK = 4 * MAX_MEMORY

const FORMAT = /^\$argon2id\$v=(16|19)\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]{11,86})\$([\w+/]{22,86})$/

export const argon2id: Scheme = {
  prefix: /^\$argon2id\$/,
  read(stored) {
    const [, version, mm = '', tt = '', pp = '', saltText = '', keyText = ''] = FORMAT.exec(stored) ?? []
    const [m, t, p] = [wholeNumber(mm), wholeNumber(tt), wholeNumber(pp)]
    const [salt, key] = [fromBase64(saltText), fromBase64(keyText)]
    if (version === undefined || !salt || !key) return 'Malformed Argon2id hash.'
    if (!isBetween(m, 1, MAX_MEMORY)) return `Argon2id must use at most ${MAX_MEMORY} KiB of memory.`
    if (!(t * p <= MAX_PASSES_AND_LANES && m * t <= MAX_WORK))
      return 'Argon2id must not ask for more work than allowed.'
    if (t < 1 || p < 1 || m < 8 * p) return 'Impossible Argon2id parameters.'
    const options = { m, t, p, version: Number(version), dkLen: key.length }
    return async (password) =>
      isEqualKey(
        releasingMemory(() => deriveKey(password, salt, options)),
        key,
      )
  },
}
