/** What each legacy scheme provides: it reads a stored hash within its bounds and verifies passwords against it. */

/** Whether a password is the one that was hashed. Never throws. */
export type Verifier = (password: string) => Promise<boolean>

export type Scheme = {
  /** Matches every hash that claims to be of this scheme, well-formed or not. */
  prefix: RegExp
  /** The verifier of one hash, or the reason for which the hash is refused. Does no work that the hash asks for. */
  read: (stored: string) => Verifier | string
}

/** A whole number of decimal digits without a leading zero; `NaN` for anything else. */
export const wholeNumber = (digits: string) => (/^(0|[1-9]\d{0,9})$/.test(digits) ? Number(digits) : Number.NaN)

export const isBetween = (value: number, min: number, max: number) => value >= min && value <= max

/** In constant time for keys of one length. */
export const isEqualKey = (a: Uint8Array, b: Uint8Array) => a.length === b.length && crypto.subtle.timingSafeEqual(a, b)

/** The bytes of Base64 with or without padding; null for text that is not. Runs in Node too, which has no `fromBase64` yet. */
export function fromBase64(encoded: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0))
  } catch {
    return null
  }
}
