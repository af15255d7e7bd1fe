/** The strings Postern accepts, and when two of them are the same name. */
import { z } from '@hono/zod-openapi'

/** RFC 9839 and RFC 7493 §2.1: a lone surrogate is no character, and U+0000 does not survive every reader of SQLite. */
const isStorable = (s: string) => s.isWellFormed() && !s.includes('\0')

/** The length of a string in code points, as JSON Schema counts (`minLength`, `maxLength`). */
export function countCodePoints(s: string): number {
  let count = s.length
  for (let i = 0; i + 1 < s.length; i++) {
    if ((s.charCodeAt(i) & 0xfc00) === 0xd800 && (s.charCodeAt(i + 1) & 0xfc00) === 0xdc00) count--
  }
  return count
}

/** Code points of a password that is compared. */
const MAX_TYPED_PASSWORD = 1024

/** A string of `min` to `max` code points. It is kept as it was sent. */
export const text = (min: number, max: number) => bounded(z.string(), min, max)

/** The same, in Unicode normal form C, for what people type again: names, addresses, passwords. */
export const nfcText = (min: number, max: number) => bounded(z.string().normalize('NFC'), min, max)

function bounded(string: z.ZodString, min: number, max: number) {
  return string
    .refine(isStorable, 'Must be well-formed Unicode without U+0000.')
    .refine((s) => countCodePoints(s) >= min, `Must have ${min} or more characters.`)
    .refine((s) => countCodePoints(s) <= max, `Must have ${max} or fewer characters.`)
    .openapi({ minLength: min, maxLength: max, pattern: '^[^\\x00]*$' })
}

/** A password as it was typed, to be compared only: any well-formed text, in any normal form. */
export const typedPassword = z
  .string()
  .refine((s) => s.isWellFormed(), 'Must be well-formed Unicode.')
  .refine((s) => countCodePoints(s) >= 1, 'Must have 1 or more characters.')
  .refine((s) => countCodePoints(s) <= MAX_TYPED_PASSWORD, `Must have ${MAX_TYPED_PASSWORD} or fewer characters.`)
  .openapi({ minLength: 1, maxLength: MAX_TYPED_PASSWORD })

/** What is a letter or a mark to Unicode and nothing to the eye: Hangul fillers, variation selectors, joiners. */
export const INVISIBLE_CHARACTERS = /\p{Default_Ignorable_Code_Point}/u

/** The same as `text`, with something in it to see: a title. */
export const nonBlankText = (min: number, max: number) =>
  text(min, max).refine(
    (s) => !/^[\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]+$/u.test(s),
    'Must not be blank.',
  )

/**
 * The form in which two spellings of a name are one: compatibility-normalised and caseless (the effect of
 * Unicode §3.13, D146; by way of upper case, so that ß meets SS and a final ς meets σ). Surrounding spaces do not count.
 */
export const normalizeName = (s: string) =>
  s.normalize('NFKC').trim().toLowerCase().toUpperCase().toLowerCase().normalize('NFKC')
