/**
 * PBKDF2 with a thousandth of the iterations asked for, always the same, so that hashing and verifying agree: allowed in
 * a test that makes many accounts and is not about the password scheme, which has its own (`password.test.ts`).
 */
import { divideIterations } from './production-limits.ts'

divideIterations(1000)
