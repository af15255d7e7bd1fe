/** E-mail addresses: which are accepted, and when two are the same mailbox. */
import { nfcText, normalizeName, text } from '../text.ts'

/** RFC 5321 §4.5.3.1 for the lengths. RFC 6531 allows letters of any script. Quoted local parts and address literals are not accepted. */
const EMAIL =
  /^(?=.{3,254}$)(?!.{65,}@)[^\s@"(),:;<>[\]\\\p{C}.]+(\.[^\s@"(),:;<>[\]\\\p{C}.]+)*@([\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])$/u

/** Whether an address is accepted. */
export const isEmailAddress = (address: string) =>
  EMAIL.test(address) && toAsciiDomain(address.slice(address.lastIndexOf('@') + 1)) !== null

/** A new address, in a request. */
export const Email = nfcText(3, 254)
  .refine(isEmailAddress, 'Must be an e-mail address.')
  .openapi({ format: 'idn-email', example: 'hong@example.com' })

/** An address in a response. It has no format: validators of generated clients refuse some stored addresses. */
export const StoredEmail = text(3, 254).openapi({ example: 'hong@example.com' })

/** Anything that ends the host of a URL, or is not part of a domain. */
const NOT_DOMAIN = /[\s\p{C}/\\?#@:%[\]]/u

/** A domain in ASCII by UTS 46, as browsers' e-mail fields send it; null if it is not a valid domain. */
const toAsciiDomain = (domain: string) =>
  NOT_DOMAIN.test(domain) ? null : (URL.parse(`http://${domain}/`)?.hostname ?? null)

/** The form in which two spellings of an address are equal: its domain in ASCII, its local part as names are compared. */
export function normalizeEmail(address: string): string {
  const trimmed = address.trim()
  const at = trimmed.lastIndexOf('@')
  const domain = trimmed.slice(at + 1)
  return `${normalizeName(trimmed.slice(0, at + 1))}${toAsciiDomain(domain) ?? normalizeName(domain)}`
}
