/** bcrypt: `$2a$`, `$2b$` and `$2y$` are names of the same algorithm. https://man.openbsd.org/crypt.3 */
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { hashSync } from 'bcryptjs'
import { isBetween, isEqualKey, type Scheme } from './scheme.ts'

/** The number of bytes of a password that bcrypt uses. */
export const BCRYPT_BYTES = 72

const [MIN_COST, MAX_COST] = [4, 14]

export const bcrypt: Scheme = {
  prefix: /^\$2/,
  read(stored) {
    const [, settings, cost, digest] = /^(\$2[aby]\$(\d\d)\$[./A-Za-z\d]{22})([./A-Za-z\d]{31})$/.exec(stored) ?? []
    if (settings === undefined || digest === undefined) return 'Malformed bcrypt hash.'
    if (!isBetween(Number(cost), MIN_COST, MAX_COST)) return `The bcrypt cost must be ${MIN_COST} to ${MAX_COST}.`
    // Compared without the salt: the unused bits of its last character are not zero in some software.
    return async (password) => isEqualKey(utf8ToBytes(hashSync(password, settings).slice(-31)), utf8ToBytes(digest))
  },
}
