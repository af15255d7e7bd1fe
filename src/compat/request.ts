/** What both old APIs read from a request: the user and the JSON body. */
import type { Context } from 'hono'
import { COMPAT_TOKEN_SECONDS, verifyAccessToken } from '../accounts/access-token.ts'
import { withPolicies } from '../accounts/guards.ts'
import type { AppEnv, Caller, CurrentUser } from '../http/context.ts'
import { readBytes } from '../http/json-body.ts'
import { checkJsonStructure } from '../http/json-structure.ts'
import { Problem } from '../http/problem.ts'

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
 * The JSON value of the body. Undefined if the media type is not JSON, because Flask does not read such a body.
 * `malformed` if the body is not JSON in UTF-8, is nested too deeply, or has too many values.
 */
export async function readBody(c: Context<AppEnv>): Promise<{ value: unknown } | 'malformed' | undefined> {
  const [type = ''] = (c.req.header('Content-Type') ?? '').split(';')
  if (!/^application\/([\w.-]+\+)?json$/i.test(type.trim())) return undefined
  try {
    // Python's `json` skips a byte order mark too.
    const bytes = await readBytes(c.req.raw, MAX_BODY_BYTES)
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
    checkJsonStructure(bytes)
    return { value: JSON.parse(text) }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return 'malformed'
    if (error instanceof Problem && error.slug === 'malformed-json') return 'malformed'
    throw error
  }
}

/** The members of a JSON object. Empty for any other value. */
export const membersOf = (value: unknown): ReadonlyMap<string, unknown> =>
  new Map(typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [])
