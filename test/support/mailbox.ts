/** The service with mail, and the sent mails: a `send_email` binding that records them. */
import { expect } from 'vitest'
import type { Env } from '../../src/config.ts'
import { account, call, env } from './service.ts'

type SentMail = { from: unknown; to: string; subject: string; text: string; html: string }

export const mails: SentMail[] = []

/** How the binding responds to the next mails. By default it accepts them. */
export const provider = { respond: async (): Promise<void> => {} }

const binding: SendEmail = {
  async send(message: EmailMessage | EmailMessageBuilder) {
    await provider.respond()
    if (!('subject' in message) || typeof message.to !== 'string') throw new Error('not a mail to one recipient')
    const { from, to, subject, text, html } = message
    mails.push({ from, to, subject, text: text ?? '', html: html ?? '' })
    return { messageId: crypto.randomUUID() }
  },
}

export const APP_URL = 'https://app.example.com'

export const mailEnv = {
  ...env,
  MAIL_FROM: 'Example <no-reply@example.com>',
  APP_URL,
  EMAIL: binding,
  MAIL_LIMITER: { limit: async () => ({ success: true }) },
} satisfies Env

/** The mails to an address, oldest first. */
export const mailsTo = (address: string) => mails.filter(({ to }) => to === address)

/** The token in the newest mail to an address that links to the page. */
export function tokenTo(address: string, page: string): string {
  const link = new RegExp(`^${APP_URL}${page}#(\\S+)$`, 'm')
  const token = mailsTo(address)
    .map(({ text }) => link.exec(text)?.[1])
    .findLast((found) => found !== undefined)
  if (!token) throw new Error(`no mail to ${address} has a link to ${page}`)
  return token
}

/** Sends a request to the service with mail. */
export const callWithMail = (method: string, path: string, options: Parameters<typeof call>[2] = {}) =>
  call(method, path, { env: mailEnv, ...options })

/** A new account, registered with mail. */
export const accountWithMail = () => account({ env: mailEnv })

/** Requests a reset token. Possible once a minute for an address. */
export async function resetTokenOf(address: string): Promise<string> {
  const { status } = await callWithMail('POST', '/users/password-reset', { json: { email: address } })
  expect(status).toBe(202)
  return tokenTo(address, '/reset')
}
