/** The rules for e-mail addresses, and their normalized form. */
import { lazy, lazyRegExp } from '../lazy.ts'
import { nfcText, normalizeName, text } from '../text.ts'

/**
 * Lengths: RFC 5321 §4.5.3.1. Letters of any script: RFC 6531. Quoted local parts and address literals are refused. The
 * URL parser refuses joiners in a domain where its script does not require them.
 */
const emailPattern = lazyRegExp(
  String.raw`^(?=.{3,254}$)(?!.{65,}@)[^\s@"(),:;<>[\]\\\p{C}.]+(\.[^\s@"(),:;<>[\]\\\p{C}.]+)*@([\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}\u200c\u200d-]{0,61}[\p{L}\p{M}\p{N}\u200c\u200d])?\.)+[\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}\u200c\u200d-]{0,61}[\p{L}\p{M}\p{N}\u200c\u200d])$`,
  'u',
)

/** Whether an address is accepted. */
export const isEmailAddress = (address: string) =>
  emailPattern().test(address) && toAsciiDomain(address.slice(address.lastIndexOf('@') + 1)) !== null

/** A new address, in a request. */
export const Email = lazy(() =>
  nfcText(3, 254)
    .refine(isEmailAddress, 'Must be an e-mail address.')
    .openapi({ format: 'idn-email', example: 'hong@example.com' }),
)

/** An address in a response. It has no `format`, because validators of generated clients refuse some stored addresses. */
export const StoredEmail = lazy(() => text(3, 254).openapi({ example: 'hong@example.com' }))

/** Characters that end the host of a URL or cannot be part of a domain. Joiners can: a Persian domain has them. */
const notDomain = lazyRegExp(String.raw`(?![\u200c\u200d])[\s\p{C}/\\?#@:%[\]]`, 'u')

/** A domain in ASCII (UTS 46), as e-mail fields of browsers send it. Null if the domain is not valid. */
const toAsciiDomain = (domain: string) =>
  notDomain().test(domain) ? null : (URL.parse(`http://${domain}/`)?.hostname ?? null)

/** An address as typed at sign-in, without surrounding spaces and with the `@` of ASCII: East Asian keyboards type a wide one. */
export const typedAddress = (typed: string) => typed.trim().replace(/[\uff20\ufe6b]/, '@')

/** The form in which addresses are compared: the domain in ASCII, the local part as `normalizeName`. */
export function normalizeEmail(address: string): string {
  const trimmed = typedAddress(address)
  const at = trimmed.lastIndexOf('@')
  const domain = trimmed.slice(at + 1)
  return `${normalizeName(trimmed.slice(0, at + 1))}${toAsciiDomain(domain) ?? normalizeName(domain)}`
}
