/** The errors of Flask-JWT-Extended for a refused token, in the order of its checks. */
import { decode, verify } from 'hono/jwt'
import { accessTokenKey } from '../accounts/access-token.ts'
import type { Config } from '../config.ts'
import { utf8Fault } from './jwt-utf8.ts'

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
  if (payload['sub'] === undefined) return malformed('Missing claim: sub')
  if (typeof payload['exp'] === 'number' && payload['exp'] <= Date.now() / 1000) {
    return { status: 401, msg: 'Token has expired' }
  }
  const missing = REQUIRED.find((claim) => payload[claim] === undefined)
  if (payload['type'] === 'refresh') return malformed('Only non-refresh tokens are allowed')
  return malformed(missing ? `Missing claim: ${missing}` : 'Invalid claims')
}

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
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? { value } : { fault: `Invalid ${part} string: must be a json object` }
  } catch {
    return { fault: `Invalid ${part} string: Expecting value: line 1 column 1 (char 0)` }
  }
}

/** Null if Python's decoder fails: PyJWT adds padding by the length, and the decoder skips characters outside of the alphabet. */
function decodeBase64(segment: string): Uint8Array | null {
  const digits = segment.replaceAll(/[^\w-]/g, '')
  if (digits.length % 4 === 1 || paddingOf(segment) < paddingOf(digits)) return null
  return Uint8Array.fromBase64(digits, { alphabet: 'base64url' })
}

const paddingOf = ({ length }: string) => (4 - (length % 4)) % 4
