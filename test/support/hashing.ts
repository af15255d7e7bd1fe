/**
 * PBKDF2 with a thousandth of the requested iterations, for tests that hash thousands of times and do not test the
 * password scheme. `password.test.ts` tests it.
 */
// Imported first, so that this replacement wraps the guard of the production limits.
import './production-limits.ts'

const { subtle } = crypto
const deriveBits = subtle.deriveBits.bind(subtle)

subtle.deriveBits = (algorithm, key, length) =>
  deriveBits(
    typeof algorithm === 'object' && algorithm.iterations !== undefined
      ? { ...algorithm, iterations: Math.ceil(algorithm.iterations / 1000) }
      : algorithm,
    key,
    length,
  )
