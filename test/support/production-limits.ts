/** Enforces limits of production that a local run does not have, so that a violation fails a test. */

/** The maximum number of iterations of one PBKDF2 call in Workers. */
const MAX_ITERATIONS = 100_000

/** D1: the maximum bytes of a row (here: of the parameters of a statement), and statements in a request on the free plan. */
const MAX_BOUND_BYTES = 2_000_000
export const MAX_STATEMENTS = 50

const { subtle } = crypto
const deriveBits = subtle.deriveBits.bind(subtle)
let iterations = 0
let divisor = 1

/** Divides the iterations of PBKDF2 from now on. The requested number is still limited and counted. */
export const divideIterations = (by: number) => void (divisor = by)

subtle.deriveBits = (algorithm, key, length) => {
  const asked = typeof algorithm === 'object' ? (algorithm.iterations ?? 0) : 0
  if (asked > MAX_ITERATIONS) {
    throw new DOMException(
      `Pbkdf2 failed: iteration counts above ${MAX_ITERATIONS} are not supported (requested ${asked}).`,
      'NotSupportedError',
    )
  }
  iterations += asked
  if (typeof algorithm === 'string' || divisor === 1) return deriveBits(algorithm, key, length)
  return deriveBits({ ...algorithm, iterations: Math.ceil(asked / divisor) }, key, length)
}

/** The number of PBKDF2 iterations of `work`. */
export async function countIterations(work: () => Promise<unknown>): Promise<number> {
  const before = iterations
  await work()
  return iterations - before
}

/** Throws if the parameters of a statement exceed the maximum size of a row. */
export function checkBoundParameters(values: unknown[]): void {
  const bytes = values.reduce<number>((sum, value) => sum + new TextEncoder().encode(String(value)).length, 0)
  if (bytes > MAX_BOUND_BYTES) throw new Error(`a statement binds ${bytes} bytes; a row of D1 has ${MAX_BOUND_BYTES}`)
}
