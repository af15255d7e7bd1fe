/** Hashes passwords in a pool of Durable Objects in the data centre of the request. */
import type { HasherNamespace } from '../config.ts'
import type { Caller } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import { describeError, log } from '../log.ts'
import type { Derive } from './key-derivation.ts'

/**
 * The number of objects of a data centre. Each hashes one password at a time. Their names are fixed, so they stay warm:
 * an object with a random id always starts cold, and leaves a file behind.
 */
export const POOL_SIZE = 4

/** The `Retry-After` of a response while no object can hash, in seconds. */
const RETRY_SECONDS = 2

/** A `Derive` that calls the objects of a data centre (`colo`, as in `request.cf`). Throws `unavailable` (503). */
export const deriveInPool =
  (namespace: HasherNamespace, colo = 'local', random: () => number = Math.random): Derive =>
  async (...work) => {
    const derived = await askOnceMore(async () => stubOf(namespace, colo, random).derive(...work))
    if ('error' in derived) throw new Error(`The hasher returned the error "${derived.error}".`)
    return derived.key
  }

/** The same for a hash of other software. Throws `unavailable` (503). */
export const matchInPool =
  (namespace: HasherNamespace, colo = 'local', random: () => number = Math.random): Caller['matchLegacy'] =>
  async (...work) => {
    const matched = await askOnceMore(async () => stubOf(namespace, colo, random).matchLegacy(...work))
    if ('error' in matched) throw new Error(`The hasher returned the error "${matched.error}".`)
    return matched.match
  }

const stubOf = (namespace: HasherNamespace, colo: string, random: () => number) =>
  namespace.getByName(`${colo}-${Math.floor(random() * POOL_SIZE)}`)

/** The data centre of a request as an IATA code. Undefined in a local run. */
export function coloOf({ cf }: Request): string | undefined {
  return typeof cf?.['colo'] === 'string' ? cf['colo'] : undefined
}

/** Calls again once: deriving changes nothing, and a new stub works after the object of the first one was reset. */
async function askOnceMore<T>(ask: () => Promise<T>): Promise<T> {
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
