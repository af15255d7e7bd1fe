/**
 * PBKDF2 with a thousandth of the requested iterations, for tests that hash thousands of times and do not test the
 * password scheme. `password.test.ts` tests it.
 */
import { divideIterations } from './production-limits.ts'

divideIterations(1000)
