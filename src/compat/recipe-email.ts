/** The errors of email-validator 1.2, which the old recipe service used, for addresses that Postern refuses. */
import { isEmailAddress } from '../accounts/email-address.ts'
import { lazyRegExp } from '../lazy.ts'
import { countCodePoints } from '../text.ts'

/** The Unicode names of the characters that the library refuses before the @-sign. */
const NAMES: Record<string, string> = {
  ' ': 'SPACE',
  '"': 'QUOTATION MARK',
  '(': 'LEFT PARENTHESIS',
  ')': 'RIGHT PARENTHESIS',
  ',': 'COMMA',
  '.': 'FULL STOP',
  ':': 'COLON',
  ';': 'SEMICOLON',
  '<': 'LESS-THAN SIGN',
  '>': 'GREATER-THAN SIGN',
  '[': 'LEFT SQUARE BRACKET',
  '\\': 'REVERSE SOLIDUS',
  ']': 'RIGHT SQUARE BRACKET',
}

const MAX_LOCAL = 64

/** An ASCII control character in Python's notation. Undefined for any other character. */
function controlCharacter(character: string): string | undefined {
  const code = character.charCodeAt(0)
  if (code > 0x1f && code !== 0x7f) return undefined
  return `'${{ '\t': '\\t', '\n': '\\n', '\r': '\\r' }[character] ?? `\\x${code.toString(16).padStart(2, '0')}`}'`
}

/** Why an address is refused. Undefined if it is accepted. */
export function emailFault(email: string): string | undefined {
  const [local = '', domain, ...rest] = email.split('@')
  if (domain === undefined || rest.length > 0) return 'The email address is not valid. It must have exactly one @-sign.'
  const fault = faultOfLocal(local) ?? faultOfDomain(domain.toLowerCase())
  if (fault) return fault
  return isEmailAddress(email.normalize('NFC')) ? undefined : 'The email address is not valid.'
}

function faultOfLocal(local: string): string | undefined {
  if (local === '') return 'There must be something before the @-sign.'
  const excess = countCodePoints(local) - MAX_LOCAL
  if (excess > 0) {
    return `The email address is too long before the @-sign (${excess} character${excess > 1 ? 's' : ''} too many).`
  }
  const hasEmptyPart = local.split('.').includes('')
  const refused = Array.from(local).flatMap((character) => NAMES[character] ?? controlCharacter(character) ?? [])
  if (!hasEmptyPart && refused.every((name) => name === NAMES['.'])) return undefined
  const names = [...new Set(refused)].toSorted().join(', ')
  return `The email address contains invalid characters before the @-sign: ${names}.`
}

function faultOfDomain(domain: string): string | undefined {
  if (domain === '') return 'There must be something after the @-sign.'
  if (domain.endsWith('.')) return 'An email address cannot end with a period.'
  if (domain.startsWith('.')) return 'An email address cannot have a period immediately after the @-sign.'
  if (domain.includes('..')) return 'An email address cannot have two periods in a row.'
  const fault = domain.split('.').map(faultOfLabel).find(Boolean)
  if (fault) return `The domain name ${domain} contains invalid characters (${fault}).`
  if (!domain.includes('.')) return `The domain name ${domain} is not valid. It should have a period.`
  const isTopLevel = !/[\d-]$/.test(domain)
  return isTopLevel ? undefined : `The domain name ${domain} is not valid. It is not within a valid top-level domain.`
}

const notInLabel = lazyRegExp(String.raw`[^\p{L}\p{M}\p{N}-]`, 'u')

const MAX_LABEL = 63

function faultOfLabel(label: string): string | undefined {
  if (label.length > MAX_LABEL) return 'Label too long'
  if (/^-|-$/.test(label)) return 'Label must not start or end with a hyphen'
  const at = label.search(notInLabel())
  if (at < 0) return undefined
  const code = (label.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return `Codepoint U+${code} at position ${countCodePoints(label.slice(0, at)) + 1} of '${label}' not allowed`
}
