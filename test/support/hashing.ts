/**
 * PBKDF2 with a thousandth of the requested iterations, for tests that create many accounts and do not test the password
 * scheme. `password.test.ts` tests it.
 */
import { divideIterations } from './production-limits.ts'

divideIterations(1000)
