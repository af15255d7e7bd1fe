// The `Value` structure: the five SQLite types in JSON and in the engine.

import { z } from 'zod'

const minInteger = -(2n ** 63n)
const maxInteger = 2n ** 63n - 1n

const isInteger64 = (text: string): boolean => {
  if (!/^[+-]?\d{1,30}$/.test(text)) return false
  const value = BigInt(text.replace('+', ''))
  return value >= minInteger && value <= maxInteger
}

export const Value = z.discriminatedUnion('type', [
  z.object({ type: z.literal('null') }),
  z.object({ type: z.literal('integer'), value: z.string().refine(isInteger64) }),
  z.object({ type: z.literal('float'), value: z.number() }),
  z.object({ type: z.literal('text'), value: z.string().refine((text) => text.isWellFormed()) }),
  z.object({ type: z.literal('blob'), base64: z.string().regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3}=*)?$/) }),
])
export type Value = z.infer<typeof Value>

export type EngineValue = null | bigint | number | string | Uint8Array

/**
 * A JavaScript number is always bound as REAL, as sqld binds a float. The affinity of a column can convert it to an
 * integer.
 */
export const toEngine = (value: Value): EngineValue => {
  switch (value.type) {
    case 'null':
      return null
    case 'integer':
      return BigInt(value.value.replace('+', ''))
    case 'float':
    case 'text':
      return value.value
    case 'blob':
      return Buffer.from(value.base64, 'base64')
  }
}

/** A difference to sqld: the engine replaces invalid UTF-8, which only a cast of a blob can produce. */
export const fromEngineValue = (value: unknown): Value => {
  if (value === null || value === undefined) return { type: 'null' }
  if (typeof value === 'bigint') return { type: 'integer', value: value.toString() }
  if (typeof value === 'number') return { type: 'float', value }
  if (typeof value === 'string') return { type: 'text', value }
  // sqld sends base64 without padding
  if (value instanceof Uint8Array) {
    return { type: 'blob', base64: Buffer.from(value).toString('base64').replace(/=+$/, '') }
  }
  throw new TypeError(`the engine returned a ${typeof value}`)
}
