/** The errors of Flask-JWT-Extended for a refused token, in the order of its checks. */
import { decode, verify } from 'hono/jwt'
import { accessTokenKey } from '../accounts/access-token.ts'
import type { Config } from '../config.ts'
import { jsonFault } from './json-errors.ts'
import { utf8Fault } from './utf8-errors.ts'

const REQUIRED = ['iat', 'exp', 'jti', 'sid', 'iss', 'aud'] as const

type JwtError = { status: 401 | 422; msg: string }

const malformed = (msg: string): JwtError => ({ status: 422, msg })

const EXPECTED = "Expected 'Authorization: Bearer <JWT>'"

/** The token in an `Authorization` header, or the error of the header, which can list credentials of several schemes. */
export function readHeader(header = ''): { token: string } | JwtError {
  const credentials = header.replaceAll(/^[\s,]+|[\s,]+$/g, '')
  if (credentials === '') return { status: 401, msg: 'Missing Authorization Header' }
  const [bearer, ...others] = credentials.split(/,\s*/).filter((one) => /^\s*Bearer(\s|$)/.test(one))
  if (bearer === undefined || others.length > 0) {
    return { status: 401, msg: `Missing 'Bearer' type in 'Authorization' header. ${EXPECTED}` }
  }
  const [, token, ...rest] = bearer.trim().split(/\s+/)
  return token && rest.length === 0 ? { token } : malformed(`Bad Authorization header. ${EXPECTED}`)
}

/** The error of a token that did not verify. */
export async function explainToken(config: Config, token: string): Promise<JwtError> {
  const fault = faultOfEncoding(token)
  if (fault) return malformed(fault)
  const payload = await readSigned(config, token)
  if (!payload) return malformed('Signature verification failed')
  const now = Date.now() / 1000
  const untimely = faultOfTimes(payload, now)
  if (untimely) return malformed(untimely)
  if (payload['sub'] === undefined) return malformed('Missing claim: sub')
  if (Number(payload['exp']) <= now) return { status: 401, msg: 'Token has expired' }
  const missing = REQUIRED.find((claim) => payload[claim] === undefined)
  if (payload['type'] === 'refresh') return malformed('Only non-refresh tokens are allowed')
  return malformed(missing ? `Missing claim: ${missing}` : 'Invalid claims')
}

/** The error of PyJWT for a time that is no integer or has not come. An expired token is reported after its other claims. */
function faultOfTimes({ iat, nbf, exp }: Record<string, unknown>, now: number): string | undefined {
  if (!isInteger(iat)) return 'Issued At claim (iat) must be an integer.'
  if (!isInteger(nbf)) return 'Not Before claim (nbf) must be an integer.'
  if (Number(nbf) > now) return 'The token is not yet valid (nbf)'
  return isInteger(exp) ? undefined : 'Expiration Time claim (exp) must be an integer.'
}

/** Whether Python's `int` accepts a claim, if it is there. */
const isInteger = (claim: unknown) =>
  claim === undefined ||
  ['number', 'boolean'].includes(typeof claim) ||
  (typeof claim === 'string' && /^\s*[+-]?\d+\s*$/.test(claim))

/** The payload of a token with a valid signature and any claims, or null. */
async function readSigned(config: Config, token: string): Promise<Record<string, unknown> | null> {
  for (const keys of config.acceptedKeys) {
    const options = { alg: 'HS256', exp: false, iat: false, nbf: false } as const
    const payload = await verify(token, await accessTokenKey(keys), options).catch(() => null)
    if (payload) return decode(token).payload
  }
  return null
}

/** The error that PyJWT finds before it verifies the signature. It decodes all parts first, and then compares the algorithm. */
function faultOfEncoding(token: string): string | undefined {
  const [header = '', payload = '', signature, ...rest] = token.split('.')
  if (signature === undefined) return 'Not enough segments'
  const head = readPart('header', header)
  if ('fault' in head) return head.fault
  // The payload is everything between the first and the last dot.
  const body = readPart('payload', [payload, signature, ...rest].slice(0, -1).join('.'))
  if ('fault' in body && body.fault.endsWith('padding')) return body.fault
  if (!decodeBase64(rest.at(-1) ?? signature)) return 'Invalid crypto padding'
  if ('fault' in body) return body.fault
  return Object(head.value).alg === 'HS256' ? undefined : 'The specified alg value is not allowed'
}

/** Reads a part of a token, which must be a JSON object. */
function readPart(part: 'header' | 'payload', segment: string): { value: object } | { fault: string } {
  const bytes = decodeBase64(segment)
  if (!bytes) return { fault: `Invalid ${part} padding` }
  const undecodable = utf8Fault(bytes)
  if (undecodable) return { fault: `Invalid ${part} string: ${undecodable}` }
  const text = new TextDecoder().decode(bytes)
  const fault = jsonFault(text)
  if (fault) return { fault: `Invalid ${part} string: ${fault}` }
  const value = parseObject(text)
  return value ? { value } : { fault: `Invalid ${part} string: must be a json object` }
}

/** Null for any other value, which includes `NaN`: Python decodes it. */
function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

/**
 * Null if Python's decoder fails. PyJWT adds padding by the length. The decoder skips characters outside of both
 * alphabets, and stops at the first padding that completes a group of four.
 */
function decodeBase64(segment: string): Uint8Array | null {
  let [digits, padding] = ['', 0]
  for (const character of segment + '='.repeat((4 - (segment.length % 4)) % 4)) {
    const used = digits.length % 4
    if (character === '=' && used >= 2 && used + ++padding >= 4) return fromBase64Url(digits)
    if (!/[\w+/-]/.test(character)) continue
    digits += character
    padding = 0
  }
  return digits.length % 4 === 0 ? fromBase64Url(digits) : null
}

const fromBase64Url = (digits: string) =>
  Uint8Array.fromBase64(digits.replaceAll('+', '-').replaceAll('/', '_'), { alphabet: 'base64url' })
