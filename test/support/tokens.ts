/** Signs access tokens that the service would never issue. */
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'

const base64url = (bytes: Uint8Array) => bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
const encode = (part: unknown) => base64url(utf8ToBytes(typeof part === 'string' ? part : JSON.stringify(part)))

export type Claims = Record<string, unknown>

/** The claims of a token, unchecked. */
export const claimsOf = (token: string): Claims =>
  JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(token.split('.')[1] ?? '', { alphabet: 'base64url' })))

/** A signed token with any header and any claims. */
export function craft(claims: unknown, secret: string, header: Claims | string = { alg: 'HS256', typ: 'JWT' }): string {
  const signed = `${encode(header)}.${encode(claims)}`
  const digest = typeof header === 'object' && header.alg === 'HS512' ? sha512 : sha256
  const key = hkdf(sha256, utf8ToBytes(secret), undefined, utf8ToBytes('postern access token'), 32)
  return `${signed}.${base64url(hmac(digest, key, utf8ToBytes(signed)))}`
}
