/** The rules for e-mail addresses, and their normalized form. */
import { lazy, lazyRegExp } from '../lazy.ts'
import { nfcText, normalizeName, text } from '../text.ts'

/** Lengths: RFC 5321 §4.5.3.1. Letters of any script: RFC 6531. Quoted local parts and address literals are refused. */
const emailPattern = lazyRegExp(
  String.raw`^(?=.{3,254}$)(?!.{65,}@)[^\s@"(),:;<>[\]\\\p{C}.]+(\.[^\s@"(),:;<>[\]\\\p{C}.]+)*@([\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])$`,
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

/** Characters that end the host of a URL or cannot be part of a domain. */
const notDomain = lazyRegExp(String.raw`[\s\p{C}/\\?#@:%[\]]`, 'u')

/** A domain in ASCII (UTS 46), as e-mail fields of browsers send it. Null if the domain is not valid. */
const toAsciiDomain = (domain: string) =>
  notDomain().test(domain) ? null : (URL.parse(`http://${domain}/`)?.hostname ?? null)

/** The form in which addresses are compared: the domain in ASCII, the local part as `normalizeName`. */
export function normalizeEmail(address: string): string {
  const trimmed = address.trim()
  const at = trimmed.lastIndexOf('@')
  const domain = trimmed.slice(at + 1)
  return `${normalizeName(trimmed.slice(0, at + 1))}${toAsciiDomain(domain) ?? normalizeName(domain)}`
}
