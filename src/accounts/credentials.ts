/** What a new username, e-mail address and password may be. */
import { Problem } from '../http/problem.ts'
import { normalizeName, INVISIBLE_CHARACTERS, nfcText } from '../text.ts'
import commonPasswords from './common-passwords.txt'

/** Names that are paths under `/users`, and so could not be looked up. */
const RESERVED = new Set([
  'me',
  'register',
  'login',
  'refresh',
  'logout',
  'password-reset',
  'email-verification',
  'email-change',
])

export const Username = nfcText(1, 64)
  .refine(
    (s) => /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$/u.test(s),
    'Must be letters, digits, `.`, `_` and `-`, and begin with a letter or digit.',
  )
  .refine((s) => !INVISIBLE_CHARACTERS.test(s), 'Must not have invisible characters.')
  .refine((s) => !RESERVED.has(normalizeName(s)), 'Is reserved.')
  .openapi({ example: '홍길동', description: 'Unique without regard to case and compatibility forms.' })

/** RFC 5321 §4.5.3.1 for the lengths; RFC 6531 lets letters of any script in; quoted local parts and literals are left out. */
const EMAIL =
  /^(?=.{3,254}$)(?!.{65,}@)[^\s@"(),:;<>[\]\\\p{C}.]+(\.[^\s@"(),:;<>[\]\\\p{C}.]+)*@([\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])$/u

export const Email = nfcText(3, 254)
  .refine((s) => EMAIL.test(s), 'Must be an e-mail address.')
  .openapi({ format: 'idn-email', example: 'hong@example.com' })

/** A password that is only compared with the one there is: no rules, so that old ones fit too. */
export const Password = nfcText(1, 1024).openapi({ format: 'password', example: 'correct horse battery staple' })

let common: Set<string> | undefined
const isCommon = (password: string) => (common ??= new Set(commonPasswords.split('\n'))).has(normalizeName(password))

/** NIST SP 800-63B-4 §3.1.1.2: length and a blocklist, and no rules of composition. */
export const NewPassword = nfcText(8, 256)
  .refine((s) => !isCommon(s), 'Is one of the most common passwords.')
  .openapi({ format: 'password', example: 'correct horse battery staple' })

/**
 * A rule of an object that says who chooses the password: it must be neither the username nor the e-mail address.
 * It runs beside the fields' own rules, not only after them, so that every fault is named at once.
 */
export const notEqualTo = (own: 'username' | 'email', field = 'password') => ({
  holds: (input: Record<string, unknown>) => normalizeName(String(input[field])) !== normalizeName(String(input[own])),
  params: {
    when: ({ value }: { value: unknown }) => [own, field].every((name) => typeof Object(value)[name] === 'string'),
    path: [field],
    error: own === 'username' ? 'Must not be the username.' : 'Must not be the e-mail address.',
  },
})

/** The same rule for an account that exists. Throws `invalid-input` (422) that points to `new_password`. */
export function refuseOwnName({ username, email }: { username: string; email: string | null }, password: string): void {
  const own = [username, email].find((name) => name !== null && normalizeName(name) === normalizeName(password))
  if (own === undefined) return
  const detail = `Must not be the ${own === email ? 'e-mail address' : 'username'}.`
  throw new Problem('invalid-input', { errors: [{ pointer: '#/new_password', detail }] })
}
