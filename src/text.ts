/** The strings that the service accepts, and the normalized form of names. */
import { z } from '@hono/zod-openapi'
import { lazy, lazyRegExp } from './lazy.ts'

/** RFC 9839 and RFC 7493 §2.1: no lone surrogates. U+0000 is refused because some readers of SQLite stop at it. */
const isStorable = (s: string) => s.isWellFormed() && !s.includes('\0')

/** The length of a string in code points, as JSON Schema counts (`minLength`, `maxLength`). */
export function countCodePoints(s: string): number {
  let count = s.length
  for (let i = 0; i + 1 < s.length; i++) {
    if ((s.charCodeAt(i) & 0xfc00) === 0xd800 && (s.charCodeAt(i + 1) & 0xfc00) === 0xdc00) count--
  }
  return count
}

/** More UTF-16 code units than a name, address or password can have in any normalization form. */
const MAX_NAME_UNITS = 4096

const characters = (count: number) => `${count} ${count === 1 ? 'character' : 'characters'}`

type Check = (payload: z.core.ParsePayload<string>) => void
type Rule = [isFollowed: (s: string) => boolean, message: string]

/** All rules in one check. Each `refine` clones the schema, which took 5 ms of the start-up. */
const rules =
  (...all: Rule[]): Check =>
  ({ value, issues }) => {
    for (const [isFollowed, message] of all) {
      if (!isFollowed(value)) issues.push({ code: 'custom', input: value, message, continue: true })
    }
  }

/**
 * Normalizing a long run of combining marks takes quadratic time, so a string is measured before it is normalized. The
 * checks after this one are skipped if it fails.
 */
const measured =
  (max: number): Check =>
  ({ value, issues }) => {
    const message = `Must have at most ${characters(max)}.`
    if (value.length > 4 * max) issues.push({ code: 'custom', input: value, message, continue: false })
  }

const atLeast = (min: number): Rule => [(s) => countCodePoints(s) >= min, `Must have at least ${characters(min)}.`]
const atMost = (max: number): Rule => [(s) => countCodePoints(s) <= max, `Must have at most ${characters(max)}.`]

const storable = (min: number, max: number, ...more: Rule[]) =>
  rules([isStorable, 'Must be well-formed Unicode without U+0000.'], atLeast(min), atMost(max), ...more)

/** A string that passes the checks, in order. JSON Schema has the lengths and the pattern of them. */
const checked = (min: number, max: number, pattern: string | undefined, ...checks: Parameters<z.ZodString['check']>) =>
  z
    .string()
    .check(measured(max), ...checks)
    .openapi({ minLength: min, maxLength: max, ...(pattern !== undefined && { pattern }) })

const WITHOUT_NUL = '^[^\\x00]*$'

/** A string of `min` to `max` code points, stored as it was sent. */
export const text = (min: number, max: number) => checked(min, max, WITHOUT_NUL, storable(min, max))

/** The same in Unicode normalization form C, for names and addresses, which people type again. */
export const nfcText = (min: number, max: number) =>
  checked(min, max, WITHOUT_NUL, z.normalize('NFC'), storable(min, max))

/** The maximum length of a password that is compared, in code points. */
const MAX_TYPED_PASSWORD = 1024

/** A password that is only compared: any well-formed text, in any normalization form. */
export const typedPassword = lazy(() =>
  checked(
    1,
    MAX_TYPED_PASSWORD,
    undefined,
    rules([(s) => s.isWellFormed(), 'Must be well-formed Unicode.'], atLeast(1), atMost(MAX_TYPED_PASSWORD)),
  ),
)

const invisible = lazyRegExp(String.raw`\p{Default_Ignorable_Code_Point}`, 'u')

/** Whether a string has letters or marks without a visible form: Hangul fillers, variation selectors, joiners. */
export const hasInvisible = (s: string) => invisible().test(s)

const blank = lazyRegExp(String.raw`^[\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]+$`, 'u')
const NOT_BLANK = '^[^\\x00]*[^\\x00\\p{Z}\\p{Cc}\\p{Cf}\\u2800][^\\x00]*$'

/** Whether a string has no visible character. */
export const isBlank = (s: string) => s === '' || blank().test(s)

/** The same as `text`, with at least one visible character: a title. */
export const nonBlankText = (min: number, max: number) =>
  checked(min, max, NOT_BLANK, storable(min, max, [(s) => !blank().test(s), 'Must not be blank.']))

/**
 * The form in which two spellings of a name are equal: compatibility-normalized and caseless (Unicode §3.13, D146; by
 * way of upper case, so that ß equals SS and ς equals σ). `İ` lowercases to i and U+0307, which is dropped: `İrem` equals
 * `irem`. The joiners U+200C and U+200D are dropped, because they do not make another name.
 * Surrounding spaces are ignored.
 */
export function normalizeName(s: string): string {
  // Normalizing takes quadratic time. A text of this length equals no stored name.
  if (s.length > MAX_NAME_UNITS) return s
  return s
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll('i\u0307', 'i')
    .replaceAll(/[\u200c\u200d]/g, '')
    .normalize('NFKC')
}
