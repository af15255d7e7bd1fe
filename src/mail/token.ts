/**
 * Tokens in mails: `purpose.userId.epoch.exp[.payload].MAC`.
 *
 * The MAC uses a key derived from the service's secret, so no token is stored and a forged one never reaches the database.
 * `epoch` is the user's `epoch` at the time of the request. Each change of the password or the address increments it, and
 * a token is valid only for its own epoch.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { Config, Keys } from '../config.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** The lifetime of a token by purpose, in milliseconds. */
export const TOKEN_LIFETIME = { reset: 30 * MINUTE, verify: DAY, change: DAY, register: DAY, invite: 7 * DAY } as const

export type TokenPurpose = keyof typeof TOKEN_LIFETIME

/** `payload` is data for the use of the token, such as the new address. It is signed and not encrypted. */
export type MailToken = { userId: number; epoch: number; payload?: string }

/** A token that expires at `expiresAt` (milliseconds, rounded down to a second). */
export function createMailToken(
  config: Config,
  purpose: TokenPurpose,
  { userId, epoch, payload }: MailToken,
  expiresAt: number,
): string {
  const encoded = payload === undefined ? [] : [base64url(utf8ToBytes(payload))]
  const signed = [purpose, userId, epoch, Math.floor(expiresAt / 1000), ...encoded].join('.')
  return `${signed}.${sign(config.keys, signed)}`
}

/** An address of 254 characters has at most 1,016 bytes, which are 1,355 characters of Base64. */
const FORMAT =
  /^((reset|verify|change|register|invite)\.(\d{1,16})\.(\d{1,16})\.(\d{1,12})(?:\.([\w-]{1,1500}))?)\.([\w-]{43})$/

/** Null for a token that this service did not issue, that is for another purpose, or that has expired. */
export function readMailToken(
  config: Config,
  purpose: TokenPurpose,
  token: string,
  now = Date.now(),
): MailToken | null {
  const [, signed, named, userId, epoch, exp, payload, mac] = FORMAT.exec(token) ?? []
  if (!signed || !mac || named !== purpose) return null
  if (!config.acceptedKeys.some((keys) => isEqual(sign(keys, signed), mac))) return null
  if (now >= Number(exp) * 1000) return null
  return { userId: Number(userId), epoch: Number(epoch), ...(payload !== undefined && { payload: decode(payload) }) }
}

const sign = (keys: Keys, signed: string) => base64url(hmac(sha256, keys.mail, utf8ToBytes(signed)))

/** Compares in constant time. Both strings are ASCII and have the same length. */
const isEqual = (a: string, b: string) => crypto.subtle.timingSafeEqual(utf8ToBytes(a), utf8ToBytes(b))

const base64url = (bytes: Uint8Array) => bytes.toBase64({ alphabet: 'base64url', omitPadding: true })

/** Decodes a payload whose MAC was verified, so it is what `createMailToken` encoded. */
const decode = (payload: string) => new TextDecoder().decode(Uint8Array.fromBase64(payload, { alphabet: 'base64url' }))
