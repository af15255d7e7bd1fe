/** The settings of mail. Without `MAIL_FROM` the service sends none, and everything that needs no mail works. */

export type MailEnv = {
  /** The sender: `no-reply@example.com` or `Example <no-reply@example.com>`. Setting it turns mail on. */
  MAIL_FROM?: string
  /** Where links in mails lead: this service, for its own pages, or an app with pages of the same paths. */
  APP_URL?: string
  RESEND_API_KEY?: string
  MAIL_WEBHOOK_URL?: string
  /** `whsec_` and the key in Base64, as Standard Webhooks writes it. */
  MAIL_WEBHOOK_SECRET?: string
  /** The `send_email` binding. */
  EMAIL?: SendEmail
  /** The rate-limit binding of routes that send mails. */
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
  /** The name that mails call the service by: the sender's name, or the host that links lead to. */
  service: string
  /** Without a slash at the end. */
  appUrl: string
  transport: Transport
  limiter: RateLimit
  /** How many mails may be asked for in a day; undefined is no limit. */
  perDay: number | undefined
}

/** Null without `MAIL_FROM`. Adds to `faults` what is missing or wrong. */
export function readMailConfig(env: MailEnv, faults: string[]): MailConfig | null {
  if (!env.MAIL_FROM) return null
  const count = faults.length
  const from = parseSender(env.MAIL_FROM)
  if (!from) faults.push('MAIL_FROM is not an address, or a name with an address in angle brackets')
  const appUrl = parseHttpUrl(env.APP_URL)
  if (!env.APP_URL) faults.push('APP_URL is not set: links in mails never lead where a request says it came to')
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

/** RFC 5322 §3.4 with a display name, as a header has it. */
export const formatSender = ({ name, email }: Sender): string =>
  name === undefined ? email : `"${name.replaceAll(/[\\"]/g, '\\$&')}" <${email}>`

/** The first of the three that is set up. */
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

function parseSender(value: string): Sender | null {
  const [, name, bracketed] = /^\s*"?([^<>"\p{Cc}]*?)"?\s*<([^<>]+)>\s*$/u.exec(value) ?? []
  const email = (bracketed ?? value).trim()
  if (!/^[^\s@<>",;]+@[^\s@<>",;]+$/.test(email)) return null
  return name ? { name, email } : { email }
}

function parseHttpUrl(value: string | undefined): URL | null {
  const url = URL.parse(value ?? '')
  if (!url || !['https:', 'http:'].includes(url.protocol) || url.search || url.hash || url.username) return null
  return url
}

/** Standard Webhooks §"Symmetric": 24 to 64 bytes. */
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
