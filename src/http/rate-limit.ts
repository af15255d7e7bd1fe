/** The rate limit per network, checked before a request costs anything. */
import type { Context, MiddlewareHandler } from 'hono'
import type { AppEnv } from './context.ts'
import { Problem } from './problem.ts'

/** `Retry-After` in seconds: the period in `wrangler.toml`. The binding does not report the remaining time. */
const PERIOD = 60

/** For a route that hashes a password or issues tokens. Throws `too-many-requests` (429). */
export const rateLimit: MiddlewareHandler<AppEnv> = async function rateLimit(c, next) {
  await enforceLimit(c, c.env.RATE_LIMITER)
  await next()
}

/** For a route that sends a mail, if the service sends any. Throws `too-many-requests` (429). */
export const mailRateLimit: MiddlewareHandler<AppEnv> = async function mailRateLimit(c, next) {
  const { mail } = c.get('config')
  if (mail) await enforceLimit(c, mail.limiter)
  await next()
}

async function enforceLimit(c: Context<AppEnv>, limiter: RateLimit | undefined): Promise<void> {
  // Cloudflare sets this header and overwrites a client's. Requests that bypass Cloudflare share one count.
  const key = networkOf(c.req.header('CF-Connecting-IP') ?? 'unknown')
  const outcome = await limiter?.limit({ key })
  if (!outcome?.success) throw new Problem('too-many-requests', { headers: { 'Retry-After': String(PERIOD) } })
}

/** The network of an address: an IPv4 address itself, or the /64 of an IPv6 address, which is one customer's. */
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
