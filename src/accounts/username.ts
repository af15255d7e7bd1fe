/** The rules for usernames, and the lookup of a name typed at sign-in. */
import { eq, or, type SQL } from 'drizzle-orm'
import { lazy, lazyRegExp } from '../lazy.ts'
import { users } from '../store/schema.ts'
import { hasInvisible, nfcText, normalizeName, text } from '../text.ts'
import { normalizeEmail, typedAddress } from './email-address.ts'
import { withoutJoiners } from './joiners.ts'

/** Paths under `/users`. A profile with such a name could not be read. */
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

/** It contains the joiners themselves, because not every regular expression dialect supports `\\u200c`. */
const USERNAME = '^[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}._\u200c\u200d-]*$'
const usernamePattern = lazyRegExp(USERNAME, 'u')

/** A new username, in a request. */
export const Username = lazy(() =>
  nfcText(1, 64)
    .refine(
      (s) => usernamePattern().test(s),
      'Must consist of letters, digits, `.`, `_` and `-`, and begin with a letter or digit.',
    )
    .refine((s) => !hasInvisible(withoutJoiners(s)), 'Must not have invisible characters.')
    .refine((s) => !RESERVED.has(normalizeName(s)), 'Is reserved.')
    .openapi({
      example: '홍길동',
      description: 'Unique without regard to case and width.',
      pattern: USERNAME,
    }),
)

/** The maximum length of an imported username in code points. An imported username can be any text: see docs/migrating.md. */
export const MAX_USERNAME = 255

/** A username in a response. Imported usernames follow no other rule. */
export const StoredUsername = lazy(() => text(1, MAX_USERNAME).openapi({ example: '홍길동' }))

/** A name typed at sign-in. `username` can be an address: only imported usernames contain an `@`. */
export type TypedName = {
  email?: string | null | undefined
  username?: string | null | undefined
  /** Whether `username` is never an address, as in the old APIs. Default: false. */
  isUsernameOnly?: boolean
}

/** The normalized form of a typed name: the same for an address in either field. */
export function normalizeTypedName({ email, username }: TypedName): string {
  const typed = typedAddress(email ?? username ?? '')
  return typed.includes('@') ? normalizeEmail(typed) : normalizeName(typed)
}

/** The condition that the typed name belongs to a user. */
export function hasTypedName({ email, username, isUsernameOnly = false }: TypedName): SQL | undefined {
  const typed = typedAddress(email ?? username ?? '')
  const byEmail = eq(users.email_normalized, normalizeEmail(typed))
  if (username === undefined || username === null) return byEmail
  const name = normalizeName(typed)
  const byUsername = eq(users.username_normalized, name)
  if (isUsernameOnly || !typed.includes('@')) return byUsername
  // Each name that can match has one normalized form, under which its failed attempts are counted.
  return normalizeEmail(name) === normalizeEmail(typed) ? or(byEmail, byUsername) : byEmail
}
