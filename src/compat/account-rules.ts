/** The rules of the old APIs for a new account: less strict ones for names, Postern's for addresses and passwords. */
import { z } from 'zod'
import { NewPassword, notEqualTo } from '../accounts/credentials.ts'
import { Email } from '../accounts/email-address.ts'
import { MAX_USERNAME } from '../accounts/username.ts'
import { lazy, lazyRegExp } from '../lazy.ts'
import { nfcText } from '../text.ts'

const [notUsername, notEmail] = [notEqualTo('username'), notEqualTo('email')]

const refused = lazyRegExp(String.raw`[@\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]`, 'u')

/**
 * A name with `@` is refused, because it could be the address of another account. Invisible characters are refused,
 * because two names could look alike.
 */
const OldUsername = lazy(() =>
  nfcText(1, MAX_USERNAME)
    .refine((name) => /\S/u.test(name), 'Must not be blank.')
    .refine((name) => !refused().test(name), 'Must not have `@` or invisible characters.'),
)

export const OldRegistration = lazy(() =>
  z
    .object({ username: OldUsername(), email: Email(), password: NewPassword() })
    .refine(notUsername.holds, notUsername.params)
    .refine(notEmail.holds, notEmail.params),
)
