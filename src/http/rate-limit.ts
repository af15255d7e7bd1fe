/** The flood guard: so many requests of one address, and no more, before anything is computed for them. */
import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './context.ts'
import { Problem } from './problem.ts'

/** What a client is told to wait, in seconds: the period in `wrangler.toml`. The binding does not say more exactly. */
const PERIOD = 60

/** For a route that hashes, or makes tokens: throws `too-many-requests` (429). */
export const rateLimit: MiddlewareHandler<AppEnv> = async function rateLimit(c, next) {
  // Set by Cloudflare, never by a client; a request that did not come through Cloudflare shares one count.
  const key = networkOf(c.req.header('CF-Connecting-IP') ?? 'unknown')
  const outcome = await c.env.RATE_LIMITER?.limit({ key })
  if (!outcome?.success) throw new Problem('too-many-requests', { headers: { 'Retry-After': String(PERIOD) } })
  await next()
}

/** An IPv4 address as it is; of an IPv6 address the /64, which one client has whole. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':').filter(Boolean)
  const after = tail?.split(':').filter(Boolean) ?? []
  const mapped = after.at(-1)
  // ::ffff:192.0.2.1 is an IPv4 address in another dress (RFC 4291 §2.5.5.2).
  if (mapped?.includes('.')) return mapped
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - groups.length - after.length) }, () => '0')
  const network = [...groups, ...zeros, ...after].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}
