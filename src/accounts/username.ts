import { eq, or, type SQL } from 'drizzle-orm'
/** The rules for usernames, and the lookup of a name typed at sign-in. */
import { lazy, lazyRegExp } from '../lazy.ts'
import { users } from '../store/schema.ts'
import { hasInvisible, nfcText, normalizeName, text } from '../text.ts'
import { normalizeEmail } from './email-address.ts'

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

/** Canonical combining class 9 (viramas), after which RFC 5892 A.1 and A.2 allow a joiner. */
const VIRAMA =
  '\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d3b\u0d3c\u0d4d\u0dca\u0e3a\u0eba\u0f84\u1039\u103a\u1714\u1734\u17d2\u1a60\u1b44\u1baa\u1bab\u1bf2\u1bf3\u2d7f\ua806\ua8c4\ua953\ua9c0\uaaf6\uabed'

/** Arabic letters that do not join to the next letter (joining types R and U). */
const NOT_JOINING_NEXT =
  '\u0621-\u0625\u0627\u0629\u062f-\u0632\u0648\u0671-\u0677\u0688-\u0699\u06c0-\u06cb\u06cd\u06cf\u06d2\u06d3\u06d5\u06ee\u06ef'

/** RFC 5892 A.1: after a virama, or between Arabic letters that would join. RFC 5892 A.2: after a virama. */
const joinersInContext = lazyRegExp(
  `(?<=[${VIRAMA}])[\\u200c\\u200d]|(?<=(?![${NOT_JOINING_NEXT}])\\p{Script=Arabic}\\p{M}*)\\u200c(?=\\p{M}*(?!\\u0621)\\p{Script=Arabic})`,
  'gu',
)

/** A name without the joiners that its script requires. All other joiners count as invisible characters. */
const withoutJoiners = (s: string) => s.replace(joinersInContext(), '')

/** A name typed at sign-in. `username` can be an address: only imported usernames contain an `@`. */
export type TypedName = {
  email?: string | null | undefined
  username?: string | null | undefined
  /** Whether `username` is never an address, as in the old APIs. Default: false. */
  isUsernameOnly?: boolean
}

/** The normalized form of a typed name: the same for an address in either field. */
export function normalizeTypedName({ email, username }: TypedName): string {
  const typed = (email ?? username ?? '').trim()
  return typed.includes('@') ? normalizeEmail(typed) : normalizeName(typed)
}

/** The condition that the typed name belongs to a user. */
export function hasTypedName({ email, username, isUsernameOnly = false }: TypedName): SQL | undefined {
  const typed = (email ?? username ?? '').trim()
  const byEmail = eq(users.email_normalized, normalizeEmail(typed))
  if (username === undefined || username === null) return byEmail
  const name = normalizeName(typed)
  const byUsername = eq(users.username_normalized, name)
  if (isUsernameOnly || !typed.includes('@')) return byUsername
  // Each name that can match has one normalized form, under which its failed attempts are counted.
  return normalizeEmail(name) === normalizeEmail(typed) ? or(byEmail, byUsername) : byEmail
}
