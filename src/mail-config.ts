/** The mail settings. Without `MAIL_FROM` the service sends no mail. */
import { lazyRegExp } from './lazy.ts'

export type MailEnv = {
  /** The sender: `no-reply@example.com` or `Example <no-reply@example.com>`. Setting it turns mail on. */
  MAIL_FROM?: string
  /** The base URL of links in mails: this service, or an app that has pages with the same paths. */
  APP_URL?: string
  RESEND_API_KEY?: string
  MAIL_WEBHOOK_URL?: string
  /** `whsec_` and the key in Base64, as Standard Webhooks specifies. */
  MAIL_WEBHOOK_SECRET?: string
  /** The `send_email` binding. */
  EMAIL?: SendEmail
  /** The rate limit binding for routes that send mails. */
  MAIL_LIMITER?: RateLimit
  MAILS_PER_DAY?: string
}

export type Sender = { name?: string; email: string }

export type Transport =
  | { type: 'resend'; apiKey: string }
  | { type: 'webhook'; url: string; secret: Uint8Array }
  | { type: 'binding'; binding: SendEmail }

export type MailConfig = {
  from: Sender
  /** The name of the service in mails: the name of the sender, or the host of `appUrl`. */
  service: string
  /** Without a trailing slash. */
  appUrl: string
  transport: Transport
  limiter: RateLimit
  /** The maximum number of mails in a day. Undefined: no limit. */
  perDay: number | undefined
}

/** Reads the mail settings. Null without `MAIL_FROM`. Adds missing and invalid settings to `faults`. */
export function readMailConfig(env: MailEnv, faults: string[]): MailConfig | null {
  if (!env.MAIL_FROM) return null
  const count = faults.length
  const from = parseSender(env.MAIL_FROM)
  if (!from) faults.push('MAIL_FROM is not an address, or a name with an address in angle brackets')
  const appUrl = parseHttpUrl(env.APP_URL)
  if (!env.APP_URL) faults.push('APP_URL is not set: it is the base URL of links in mails')
  else if (!appUrl) faults.push('APP_URL is not an https: or http: URL without query and fragment')
  const transport = readTransport(env, faults)
  const limiter = env.MAIL_LIMITER
  if (!limiter) faults.push('there is no rate-limit binding for mail: bind one as MAIL_LIMITER')
  if (env.MAILS_PER_DAY && !/^[1-9]\d{0,8}$/.test(env.MAILS_PER_DAY)) faults.push('MAILS_PER_DAY is not a whole number')
  if (faults.length > count || !from || !appUrl || !transport || !limiter) return null
  return {
    from,
    service: from.name ?? appUrl.host,
    appUrl: appUrl.href.replace(/\/+$/, ''),
    transport,
    limiter,
    perDay: env.MAILS_PER_DAY ? Number(env.MAILS_PER_DAY) : undefined,
  }
}

/** The sender as a header value (RFC 5322 §3.4). */
export const formatSender = ({ name, email }: Sender): string =>
  name === undefined ? email : `"${name.replaceAll(/[\\"]/g, '\\$&')}" <${email}>`

/** The first configured transport. */
function readTransport(env: MailEnv, faults: string[]): Transport | null {
  if (env.RESEND_API_KEY) return { type: 'resend', apiKey: env.RESEND_API_KEY }
  if (env.MAIL_WEBHOOK_URL || env.MAIL_WEBHOOK_SECRET) {
    const url = parseHttpUrl(env.MAIL_WEBHOOK_URL)
    const secret = parseWebhookSecret(env.MAIL_WEBHOOK_SECRET)
    if (!url) faults.push('MAIL_WEBHOOK_URL is not an https: or http: URL without query and fragment')
    if (!secret) faults.push('MAIL_WEBHOOK_SECRET is not whsec_ and 24 to 64 bytes in Base64')
    return url && secret && { type: 'webhook', url: url.href, secret }
  }
  if (env.EMAIL) return { type: 'binding', binding: env.EMAIL }
  faults.push('MAIL_FROM is set and nothing sends: set RESEND_API_KEY or MAIL_WEBHOOK_URL, or bind EMAIL')
  return null
}

const sender = lazyRegExp(String.raw`^\s*"?([^<>"\p{Cc}]*?)"?\s*<([^<>]+)>\s*$`, 'u')

function parseSender(value: string): Sender | null {
  const [, name, bracketed] = sender().exec(value) ?? []
  const email = (bracketed ?? value).trim()
  if (!/^[^\s@<>",;]+@[^\s@<>",;]+$/.test(email)) return null
  return name ? { name, email } : { email }
}

function parseHttpUrl(value: string | undefined): URL | null {
  const url = URL.parse(value ?? '')
  if (!url || !['https:', 'http:'].includes(url.protocol) || url.search || url.hash || url.username) return null
  return url
}

/** The key of a Standard Webhooks secret, 24 to 64 bytes. Null if it is invalid. */
function parseWebhookSecret(value: string | undefined): Uint8Array | null {
  const [, encoded] = /^whsec_([\w+/]+={0,2})$/.exec(value ?? '') ?? []
  if (!encoded) return null
  try {
    const secret = Uint8Array.fromBase64(encoded)
    return secret.length >= 24 && secret.length <= 64 ? secret : null
  } catch {
    return null
  }
}
