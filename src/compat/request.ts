/** What both old APIs read from a request: the user and the JSON body. */
import type { Context } from 'hono'
import { COMPAT_TOKEN_SECONDS, verifyAccessToken } from '../accounts/access-token.ts'
import { withPolicies } from '../accounts/guards.ts'
import type { AppEnv, Caller, CurrentUser } from '../http/context.ts'
import { readBytes } from '../http/json-body.ts'
import { checkJsonStructure } from '../http/json-structure.ts'
import { Problem } from '../http/problem.ts'
import { jsonFault } from './json-errors.ts'
import { utf8Fault } from './utf8-errors.ts'

/** The caller with access tokens of 12 hours, because clients of the old APIs cannot refresh them. */
export const longLived = (c: Context<AppEnv>): Caller => ({ ...c.get('caller'), lifetime: COMPAT_TOKEN_SECONDS })

/** The user of a token, or null if the token is not valid. Sets the current user. */
export async function identify(c: Context<AppEnv>, token: string): Promise<CurrentUser | null> {
  const config = c.get('config')
  const user = await verifyAccessToken(config, token)
  const currentUser = user && withPolicies(config, user)
  c.set('currentUser', currentUser)
  return currentUser
}

const MAX_BODY_BYTES = 1024 * 1024

/**
 * The JSON value of the body, with integers as `bigint`, or the text of Python's error if the body is not JSON in UTF-8.
 * Undefined if the media type is not JSON, because Flask does not read such a body. The depth and the number of values
 * are limited, as in every other body.
 */
export async function readBody(c: Context<AppEnv>): Promise<{ value: unknown } | { fault: string } | undefined> {
  if (!isJson(c.req.header('Content-Type') ?? '')) return undefined
  const bytes = await readBytes(c.req.raw, MAX_BODY_BYTES)
  const undecodable = utf8Fault(bytes)
  if (undecodable) return { fault: undecodable }
  // Python's `json` skips a byte order mark too.
  const text = new TextDecoder().decode(bytes)
  try {
    checkJsonStructure(bytes)
    return { value: JSON.parse(text, keepInteger) }
  } catch (error) {
    if (error instanceof SyntaxError) return { fault: jsonFault(text) ?? 'Expecting value' }
    if (error instanceof Problem) return { fault: error.message }
    throw error
  }
}

/** What Flask's `is_json` accepts. A media type ends at a comma or a space too. */
const isJson = (header: string) => /^application\/(json|.*\+json)$/i.test(header.trim().split(/[;,\s]/)[0] ?? '')

/** Python keeps all digits of an integer, and `1.0` is no integer. */
function keepInteger(_name: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source ?? ''
  return typeof value === 'number' && /^-?\d{1,400}$/.test(source) ? BigInt(source) : value
}

/** The members of a JSON object. Empty for any other value. */
export const membersOf = (value: unknown): ReadonlyMap<string, unknown> =>
  new Map(typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [])
