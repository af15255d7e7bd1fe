/** Hashes in one of a few Durable Objects nearby. */
import type { Derived, HasherNamespace } from '../config.ts'
import { Problem } from '../http/problem.ts'
import { describeError, log } from '../log.ts'
import type { Derive } from './key-derivation.ts'

/**
 * How many objects a data centre has. Each hashes one password at a time. Their names repeat, so that they stay warm:
 * an object with a random id is always cold, and leaves a file behind.
 */
export const POOL_SIZE = 4

/** The `Retry-After` of a response while there is no object that can hash, in seconds. */
const RETRY_SECONDS = 2

/** A `Derive` that asks the objects of a data centre (`colo`, as in `request.cf`). Throws `unavailable` (503). */
export const deriveInPool =
  (namespace: HasherNamespace, colo = 'local', random: () => number = Math.random): Derive =>
  async (...work) => {
    const derived = await askOnceMore(async () => {
      const stub = namespace.getByName(`${colo}-${Math.floor(random() * POOL_SIZE)}`)
      return stub.derive(...work)
    })
    if ('error' in derived) throw new Error(`The hasher says ${derived.error}.`)
    return derived.key
  }

/** The data centre that a request came to, by its IATA code; undefined locally. */
export function coloOf({ cf }: Request): string | undefined {
  return typeof cf?.['colo'] === 'string' ? cf['colo'] : undefined
}

/** Deriving changes nothing, so it may be repeated; a stub whose object was reset is broken for good, a new one is not. */
async function askOnceMore(ask: () => Promise<Derived>): Promise<Derived> {
  try {
    return await ask()
  } catch (error) {
    // https://developers.cloudflare.com/durable-objects/best-practices/error-handling/
    if (isMarked(error, 'overloaded')) throw unavailable(error)
    return ask().catch((second: unknown) => {
      throw unavailable(second)
    })
  }
}

const isMarked = (error: unknown, mark: string) =>
  error instanceof Error && Object.entries(error).some(([name, value]) => name === mark && value === true)

function unavailable(error: unknown): Problem {
  log('error', 'hasher-unavailable', { overloaded: isMarked(error, 'overloaded'), ...describeError(error) })
  const detail = 'Passwords cannot be hashed at the moment.'
  return new Problem('unavailable', { detail, headers: { 'Retry-After': String(RETRY_SECONDS) } })
}
