/** Turns what zod reports about a body, a query, a path or headers into one problem with every fault. */
import type { Context } from 'hono'
import type { ZodError } from 'zod'
import { MAX_FAULTS, MAX_NAME } from './problem-schema.ts'
import { Problem, type Fault } from './problem.ts'
import { NO_BODY } from './render.ts'

/** The hook of every validator: all the faults of a body, a query or a path at once. */
export function validationHook(result: { target: string; success: boolean; error?: ZodError }, c: Context): undefined {
  if (result.success || !result.error) return
  // Without a body there is nothing to point into.
  if (result.target === 'json' && c.req.header('Content-Type') === undefined) {
    throw new Problem('malformed-json', NO_BODY)
  }
  throw new Problem('invalid-input', { errors: toFaults(result.error, result.target === 'json') })
}

function toFaults(error: ZodError, inBody: boolean): Fault[] {
  const at = (path: PropertyKey[], detail: string): Fault =>
    inBody ? { pointer: toPointer(path), detail } : { parameter: shorten(path[0] ?? ''), detail }
  return error.issues
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.slice(0, MAX_FAULTS).map((key) => at([...issue.path, key], 'Is not known here.'))
        : at(issue.path, issue.message),
    )
    .slice(0, MAX_FAULTS)
}

const shorten = (name: PropertyKey) => String(name).slice(0, MAX_NAME).toWellFormed()

/** RFC 6901 §6: a JSON Pointer in URI fragment form. */
const toPointer = (path: PropertyKey[]) =>
  `#${path.map((key) => `/${encodeURIComponent(shorten(key).replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')}`
