/** The errors of Flask-JWT-Extended for a refused token, in the order of its checks. */
import { decode, verify } from 'hono/jwt'
import { accessTokenKey } from '../accounts/access-token.ts'
import type { Config } from '../config.ts'

const REQUIRED = ['sub', 'iat', 'exp', 'jti', 'sid', 'iss', 'aud'] as const

type JwtError = { status: 401 | 422; msg: string }

const malformed = (msg: string): JwtError => ({ status: 422, msg })

/** The token in an `Authorization` header, or the error of the header. */
export function readHeader(header: string | undefined): { token: string } | JwtError {
  if (header === undefined) return { status: 401, msg: 'Missing Authorization Header' }
  const [scheme, token, ...rest] = header.split(/\s+/)
  if (scheme !== 'Bearer') {
    const expected = "Expected 'Authorization: Bearer <JWT>'"
    return { status: 401, msg: `Missing 'Bearer' type in 'Authorization' header. ${expected}` }
  }
  if (!token || rest.length > 0) return malformed("Bad Authorization header. Expected 'Authorization: Bearer <JWT>'")
  return { token }
}

/** The error of a token that did not verify. */
export async function explainToken(config: Config, token: string): Promise<JwtError> {
  if (token.split('.').length < 3) return malformed('Not enough segments')
  const fault = faultOfHeader(token.split('.')[0] ?? '')
  if (fault) return malformed(fault)
  const payload = await readSigned(config, token)
  if (!payload) return malformed('Signature verification failed')
  if (typeof payload['exp'] === 'number' && payload['exp'] <= Date.now() / 1000) {
    return { status: 401, msg: 'Token has expired' }
  }
  const missing = REQUIRED.find((claim) => payload[claim] === undefined)
  if (missing === 'sub') return malformed('Missing claim: sub')
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

function faultOfHeader(segment: string): string | undefined {
  let bytes: Uint8Array
  try {
    bytes = Uint8Array.fromBase64(segment, { alphabet: 'base64url' })
  } catch {
    return 'Invalid header padding'
  }
  const at = firstInvalidByte(bytes)
  if (at >= 0) {
    const hex = `0x${bytes.slice(at, at + 1).toHex()}`
    return `Invalid header string: 'utf-8' codec can't decode byte ${hex} in position ${at}: invalid start byte`
  }
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return Object(header).alg === 'HS256' ? undefined : 'The specified alg value is not allowed'
  } catch {
    return 'Invalid header string: Expecting value: line 1 column 1 (char 0)'
  }
}

/** The index of the first byte that is not valid UTF-8, or -1. */
function firstInvalidByte(bytes: Uint8Array): number {
  for (let end = 1; end <= bytes.length; end++) {
    // With `stream`, an incomplete sequence at the end is not an error.
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    try {
      decoder.decode(bytes.slice(0, end), { stream: true })
    } catch {
      return end - 1
    }
  }
  return -1
}
