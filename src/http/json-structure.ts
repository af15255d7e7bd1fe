/** Limits the depth and the number of values of a JSON text, and counts its member names, without parsing it. */
import { Problem } from './problem.ts'

/** The maximum depth of arrays and objects. A parser may limit it (RFC 8259 §9); no schema of the service is this deep. */
const MAX_DEPTH = 32

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c]
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/** The maximum number of values, so that parsing a small body cannot fill the memory of an isolate. */
const MAX_VALUES = 100_000

/**
 * Scans a JSON text in UTF-8 once and returns its number of member names (the colons outside of strings). Throws
 * `malformed-json` (400) if it is nested too deeply or has too many values.
 */
export function checkJsonStructure(bytes: Uint8Array): number {
  let [depth, names, values, isString] = [0, 0, 1, false]
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (isString) {
      if (byte === BACKSLASH) i++
      else if (byte === QUOTE) isString = false
    } else if (byte === QUOTE) isString = true
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      values++
      if (++depth > MAX_DEPTH) throw refused(`Arrays and objects must be nested at most ${MAX_DEPTH} levels deep.`)
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth--
    else if (byte === COLON) names++
    else if (byte === COMMA) values++
    if (values > MAX_VALUES) throw refused(`The body must have at most ${MAX_VALUES} values.`)
  }
  return names
}

const refused = (detail: string) => new Problem('malformed-json', { detail })

/** The number of members of all objects in a value. If it is less than the number of names, a name occurs twice. */
export function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = Array.isArray(value) ? 0 : Object.keys(value).length
  for (const member of Object.values(value)) count += countMembers(member)
  return count
}
