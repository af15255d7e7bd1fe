/** The three mail transports: Resend, a signed webhook, and the `send_email` binding of Workers. */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { formatSender, type MailConfig, type Sender } from '../mail-config.ts'
import { MailError, type Mailer } from './mailer.ts'

/** The mailer for the configured transport. */
export function mailerOf({ from, transport }: MailConfig): Mailer {
  if (transport.type === 'resend') return resendMailer(from, transport.apiKey)
  if (transport.type === 'webhook') return webhookMailer(from, transport)
  return bindingMailer(from, transport.binding)
}

/** The time limit for a provider to accept a mail, in milliseconds. */
export const SEND_TIMEOUT = 10_000

const RESEND_URL = 'https://api.resend.com/emails'

/** https://resend.com/docs/api-reference/emails/send-email. For 24 hours a repeated `Idempotency-Key` sends nothing. */
export const resendMailer =
  (from: Sender, apiKey: string, timeout = SEND_TIMEOUT): Mailer =>
  ({ id, to, subject, text, html }) =>
    post('Resend', RESEND_URL, timeout, {
      headers: { Authorization: `Bearer ${apiKey}`, 'Idempotency-Key': id },
      body: JSON.stringify({ from: formatSender(from), to: [to], subject, text, html }),
    })

/** Standard Webhooks 1.0 (https://www.standardwebhooks.com). `webhook-id` is the id of the mail, the same in each attempt. */
export const webhookMailer =
  (from: Sender, { url, secret }: { url: string; secret: Uint8Array }, timeout = SEND_TIMEOUT): Mailer =>
  ({ id, ...mail }) => {
    const now = new Date()
    const timestamp = String(Math.floor(now.getTime() / 1000))
    const data = { id, from: formatSender(from), ...mail }
    const body = JSON.stringify({ type: 'mail.send', timestamp: now, data })
    const signature = signWebhook(secret, id, timestamp, body)
    const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }
    return post('The mail webhook', url, timeout, { headers, body })
  }

/** The symmetric signature of Standard Webhooks: HMAC-SHA-256 over id, timestamp (seconds) and body. */
export const signWebhook = (secret: Uint8Array, id: string, timestamp: string, body: string): string =>
  `v1,${hmac(sha256, secret, utf8ToBytes(`${id}.${timestamp}.${body}`)).toBase64()}`

async function post(
  name: string,
  url: string,
  timeout: number,
  { headers, body }: { headers: Record<string, string>; body: string },
): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(timeout),
  }).catch((error: unknown) => {
    throw new MailError(`${name} could not be reached (${nameOf(error)})`, true)
  })
  // The body is not read: it can contain the address.
  await response.body?.cancel()
  const { ok, status } = response
  if (!ok) throw new MailError(`${name} responded ${status}`, status === 429 || status < 400 || status >= 500)
}

/** https://developers.cloudflare.com/email-service/api/send-emails/workers-api/. The binding has no idempotency key. */
export const bindingMailer =
  ({ name, email }: Sender, binding: SendEmail, timeout = SEND_TIMEOUT): Mailer =>
  async ({ to, subject, text, html }) => {
    const from = name === undefined ? email : { name, email }
    const late = new AbortController()
    try {
      await Promise.race([
        binding.send({ from, to, subject, text, html }),
        scheduler.wait(timeout, { signal: late.signal }).then(() => {
          throw new MailError('The email binding did not respond in time', true)
        }),
      ])
    } catch (error) {
      throw error instanceof MailError ? error : bindingError(error)
    } finally {
      late.abort()
    }
  }

/** Codes of the binding for temporary errors. An error without a code is temporary too. */
const TEMPORARY_CODE = /^E_(RATE|DAILY|INTERNAL|DELIVERY)_/

function bindingError(error: unknown): MailError {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const isCode = code !== undefined && /^E_[A-Z_]{1,60}$/.test(code)
  return new MailError(
    `The email binding failed (${isCode ? code : nameOf(error)})`,
    !isCode || TEMPORARY_CODE.test(code),
  )
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : typeof error)
