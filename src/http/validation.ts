/** Turns the issues that zod reports for a request into one problem with every fault. */
import type { ZodError } from 'zod'
import { MAX_FAULTS, MAX_NAME } from './problem-schema.ts'
import { Problem, type Fault } from './problem.ts'

/** The hook for the validators of `@hono/zod-openapi` (query, path, headers). Throws `invalid-input` (422). */
export function validationHook(result: { target: string; success: boolean; error?: ZodError }): undefined {
  if (result.error) throw invalidInput(result.error, result.target)
}

/** `invalid-input` (422) with every fault; `target` is `json` for a body. */
export const invalidInput = (error: ZodError, target: string) =>
  new Problem('invalid-input', { errors: toFaults(error, target === 'json') })

function toFaults(error: ZodError, inBody: boolean): Fault[] {
  const at = (path: PropertyKey[], detail: string): Fault =>
    inBody ? { pointer: toPointer(path), detail } : { parameter: shorten(path[0] ?? ''), detail }
  return error.issues
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys
            .slice(0, MAX_FAULTS)
            .map((key) => at([...issue.path, key], inBody ? UNKNOWN_FIELD : UNKNOWN_PARAMETER))
        : at(issue.path, issue.message),
    )
    .slice(0, MAX_FAULTS)
}

const UNKNOWN_FIELD = 'Unknown field.'
const UNKNOWN_PARAMETER = 'Unknown parameter.'

const shorten = (name: PropertyKey) => String(name).slice(0, MAX_NAME).toWellFormed()

/** RFC 6901 §6: a JSON Pointer in URI fragment form. */
const toPointer = (path: PropertyKey[]) =>
  `#${path.map((key) => `/${encodeURIComponent(shorten(key).replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')}`
