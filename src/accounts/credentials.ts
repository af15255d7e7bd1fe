/** The rules for passwords. */
import { Problem } from '../http/problem.ts'
import { lazy } from '../lazy.ts'
import { nfcText, normalizeName, typedPassword } from '../text.ts'
import commonPasswords from './common-passwords.txt'

const FORMAT = { format: 'password', example: 'correct horse battery staple' }

/** An existing password, which is only compared. It has no rules, so that old passwords stay valid. */
export const Password = lazy(() => typedPassword().openapi(FORMAT))

let common: Set<string> | undefined
const isCommon = (password: string) => (common ??= new Set(commonPasswords.split('\n'))).has(normalizeName(password))

/** NIST SP 800-63B-4 §3.1.1.2: a minimum length and a blocklist, and no composition rules. */
export const NewPassword = lazy(() =>
  nfcText(8, 256)
    .refine((s) => !isCommon(s), 'Is one of the most common passwords.')
    .openapi(FORMAT),
)

/**
 * The rule that a password equals neither the username nor the e-mail address. It runs even if other fields are invalid,
 * so that every fault is reported at once.
 */
export const notEqualTo = (own: 'username' | 'email', field = 'password') => ({
  holds: (input: Record<string, unknown>) => normalizeName(String(input[field])) !== normalizeName(String(input[own])),
  params: {
    when: ({ value }: { value: unknown }) => [own, field].every((name) => typeof Object(value)[name] === 'string'),
    path: [field],
    error: own === 'username' ? 'Must not equal the username.' : 'Must not equal the e-mail address.',
  },
})

/** The same rule for an existing account: `invalid-input` (422) with a pointer to `new_password`, or null if it holds. */
export function ownNameProblem(
  { username, email }: { username: string; email: string | null },
  password: string,
): Problem | null {
  const own = [username, email].find((name) => name !== null && normalizeName(name) === normalizeName(password))
  if (own === undefined) return null
  const detail = `Must not be the ${own === email ? 'e-mail address' : 'username'}.`
  return new Problem('invalid-input', { errors: [{ pointer: '#/new_password', detail }] })
}
