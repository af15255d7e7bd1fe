/** Rate limits per network and per account. They are checked before any expensive work. */
import type { Context, MiddlewareHandler } from 'hono'
import type { Config, Env } from '../config.ts'
import type { AppEnv, CurrentUser } from './context.ts'
import type { Slug } from './problem-types.ts'
import { Problem } from './problem.ts'

/** `Retry-After` in seconds: the period in `wrangler.toml`. The binding does not report the remaining time. */
const PERIOD = 60

/** Enforces the limit of requests that hash a password. Throws `too-many-requests` (429). */
export const enforceRateLimit = ({ env, req }: Pick<Context<AppEnv>, 'env' | 'req'>) =>
  enforceLimit({ req }, env.RATE_LIMITER)

/** For a route that hashes a password. Throws `too-many-requests` (429). */
export const rateLimit: MiddlewareHandler<AppEnv> = async function rateLimit(c, next) {
  await enforceRateLimit(c)
  await next()
}

/** The same for a route that only exchanges a refresh token. It has its own count. */
export const refreshRateLimit: MiddlewareHandler<AppEnv> = async function refreshRateLimit(c, next) {
  await enforceLimit(c, c.env.RATE_LIMITER, 'refresh ')
  await next()
}

/** The limit of requests that send a mail, if mail is configured. Throws `too-many-requests` (429). */
export async function enforceMailLimit(c: Context<AppEnv>): Promise<void> {
  const { mail } = c.get('config')
  if (mail) await enforceLimit(c, mail.limiter)
}

/** For a route that sends a mail. Throws `too-many-requests` (429). */
export const mailRateLimit: MiddlewareHandler<AppEnv> = async function mailRateLimit(c, next) {
  await enforceMailLimit(c)
  await next()
}

type SignedIn = AppEnv & { Variables: { currentUser: CurrentUser } }

/** For a route that creates an item. Throws `too-many-new-items` (429). */
export const limitCreates = (c: Context<SignedIn>) => limitCreatesOf(c.get('currentUser'), c.get('config'), c.env)

/** For a route with another write of an account. Throws `too-many-writes` (429). */
export const limitWrites = (c: Context<SignedIn>) => limitWritesOf(c.get('currentUser'), c.get('config'), c.env)

/** The same for a user that no guard has set. */
export const limitCreatesOf = (user: CurrentUser, config: Config, { CREATE_LIMITER }: Env) =>
  enforceAccountLimit(user, config, CREATE_LIMITER, 'too-many-new-items')
export const limitWritesOf = (user: CurrentUser, config: Config, { WRITE_LIMITER }: Env) =>
  enforceAccountLimit(user, config, WRITE_LIMITER, 'too-many-writes')

/** Without the binding there is no limit. */
async function enforceAccountLimit(
  { userId }: CurrentUser,
  { writeLimits }: Config,
  limiter: RateLimit | undefined,
  slug: Slug,
): Promise<void> {
  if (!limiter || !writeLimits) return
  const { success } = await limiter.limit({ key: `user ${userId}` })
  if (!success) throw new Problem(slug, { headers: { 'Retry-After': String(PERIOD) } })
}

/** The limit of the old APIs, whose clients are often servers with one address for all users. Throws `too-many-requests` (429). */
export const enforceCompatLimit = (c: Context<AppEnv>): Promise<void> =>
  enforceLimit(c, c.env.COMPAT_RATE_LIMITER ?? c.env.RATE_LIMITER)

async function enforceLimit(
  { req }: Pick<Context<AppEnv>, 'req'>,
  limiter: RateLimit | undefined,
  scope = '',
): Promise<void> {
  // Requests without an address of Cloudflare share one count.
  const key = `${scope}${clientNetwork(req.raw) ?? 'unknown'}`
  const outcome = await limiter?.limit({ key })
  if (!outcome?.success) throw new Problem('too-many-requests', { headers: { 'Retry-After': String(PERIOD) } })
}

/** The network of the client. Cloudflare sets the header and overwrites a value from the client. */
export function clientNetwork({ headers }: Request): string | undefined {
  const address = headers.get('CF-Connecting-IP')
  return address === null ? undefined : networkOf(address)
}

/** The country of the client according to Cloudflare (ISO 3166-1 alpha-2). */
export function clientCountry(request: Request): string | undefined {
  const country: unknown = 'cf' in request ? Object(request.cf).country : undefined
  return typeof country === 'string' ? country : undefined
}

/** The network of an address: the IPv4 address itself, or the /64 of an IPv6 address, which one customer has. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':').filter(Boolean)
  const after = tail?.split(':').filter(Boolean) ?? []
  const mapped = after.at(-1)
  // ::ffff:192.0.2.1 is an IPv4-mapped address (RFC 4291 §2.5.5.2).
  if (mapped?.includes('.')) return mapped
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - groups.length - after.length) }, () => '0')
  const network = [...groups, ...zeros, ...after].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}
