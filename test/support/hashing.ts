/**
 * PBKDF2 with a thousandth of the iterations asked for, always the same, so that hashing and verifying agree: allowed in
 * a test that hashes thousands of times and is not about the password scheme, which has its own (`password.test.ts`).
 */
// First: this stands in front of its guard, whatever is imported in which order.
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
