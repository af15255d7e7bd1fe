/** The interface of a legacy scheme: it parses a stored hash, limits its work, and verifies passwords. */

/** Whether the password matches the hash. Never throws. */
export type Verifier = (password: string) => Promise<boolean>

export type Scheme = {
  /** Matches every hash of this scheme, well-formed or not. */
  prefix: RegExp
  /** The verifier of a hash, or the reason why the hash is refused. Derives nothing. */
  read: (stored: string) => Verifier | string
}

/** A whole number of decimal digits without a leading zero; `NaN` for anything else. */
export const wholeNumber = (digits: string) => (/^(0|[1-9]\d{0,9})$/.test(digits) ? Number(digits) : Number.NaN)

export const isBetween = (value: number, min: number, max: number) => value >= min && value <= max

/** Compares in constant time if both keys have the same length. */
export const isEqualKey = (a: Uint8Array, b: Uint8Array) => a.length === b.length && crypto.subtle.timingSafeEqual(a, b)

/** The bytes of Base64 with or without padding. Null for other text. (Node, where it also runs, has no `fromBase64`.) */
export function fromBase64(encoded: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0))
  } catch {
    return null
  }
}
