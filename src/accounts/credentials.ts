/** What a new username, e-mail address and password may be. */
import { Problem } from '../http/problem.ts'
import { normalizeName, INVISIBLE_CHARACTERS, nfcText, text, typedPassword } from '../text.ts'
import commonPasswords from './common-passwords.txt'
import { isEmailAddress } from './email-address.ts'

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
    'Must consist of letters, digits, `.`, `_` and `-`, and begin with a letter or digit.',
  )
  .refine((s) => !INVISIBLE_CHARACTERS.test(s), 'Must not have invisible characters.')
  .refine((s) => !RESERVED.has(normalizeName(s)), 'Is reserved.')
  .openapi({ example: '홍길동', description: 'Unique without regard to case and width.' })

/** Code points of an imported username, which may be any text: see docs/migrating.md. */
export const MAX_USERNAME = 255

/** A username in a response: those of imported users follow no other rule. */
export const StoredUsername = text(1, MAX_USERNAME).openapi({ example: '홍길동' })

export const Email = nfcText(3, 254)
  .refine(isEmailAddress, 'Must be an e-mail address.')
  .openapi({ format: 'idn-email', example: 'hong@example.com' })

/** A password that is only compared with the one there is: no rules, so that old ones fit too. */
export const Password = typedPassword.openapi({ format: 'password', example: 'correct horse battery staple' })

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
    error: own === 'username' ? 'Must not equal the username.' : 'Must not equal the e-mail address.',
  },
})

/** The same rule for an account that exists. Throws `invalid-input` (422) that points to `new_password`. */
export function refuseOwnName({ username, email }: { username: string; email: string | null }, password: string): void {
  const own = [username, email].find((name) => name !== null && normalizeName(name) === normalizeName(password))
  if (own === undefined) return
  const detail = `Must not be the ${own === email ? 'e-mail address' : 'username'}.`
  throw new Problem('invalid-input', { errors: [{ pointer: '#/new_password', detail }] })
}
