/**
 * The texts of the mails, as plain text and as HTML. A mail contains nothing that a user has chosen: with a username in
 * a mail to an unconfirmed address, anybody could send a text to that address through this service.
 */
import { html } from 'hono/html'
import type { MailConfig } from '../mail-config.ts'

/** Mails with a token, notices, and the mail about a registration with a taken address. */
export type MessageType = keyof typeof MESSAGES

export type Message = { subject: string; text: string; html: string }

type Facts = { service: string; home: string; at: string }
type Content = { subject: string; lead: string; action?: string; end: string }

const IGNORE = 'If it was not you, ignore this mail: nothing changes.'

const MESSAGES = {
  reset: ({ service }) => ({
    subject: `Set a new password for ${service}`,
    lead: `Somebody requested a new password for your account at ${service}. The link works once, within 30 minutes.`,
    action: 'Set a new password',
    end: 'If it was not you, ignore this mail: your password stays as it is.',
  }),
  verify: ({ service }) => ({
    subject: `Confirm your e-mail address for ${service}`,
    lead: `An account at ${service} was registered with this e-mail address. The link works for 24 hours.`,
    action: 'Confirm the address',
    end: 'If it was not you, ignore this mail: the address stays unconfirmed.',
  }),
  change: ({ service }) => ({
    subject: `Confirm your new e-mail address for ${service}`,
    lead: `Somebody asked to use this e-mail address for an account at ${service}. The link works once, within 24 hours.`,
    action: 'Use this address',
    end: IGNORE,
  }),
  register: ({ service }) => ({
    subject: `Finish your registration at ${service}`,
    lead: `Somebody asked to register an account at ${service} with this e-mail address. The link works once, within 24 hours.`,
    action: 'Create the account',
    end: 'If it was not you, ignore this mail: no account is created.',
  }),
  invite: ({ service }) => ({
    subject: `Your invitation to ${service}`,
    lead: `The operators of ${service} invite you to register an account with this e-mail address. The link works for 7 days.`,
    action: 'Register',
    end: 'If it is not for you, ignore this mail: no account is created.',
  }),
  taken: ({ service }) => ({
    subject: `Your e-mail address already has an account at ${service}`,
    lead: `Somebody asked to use this e-mail address for another account at ${service}. Your account has this address, and nothing was changed. If it was you, sign in to that account, or set a new password for it.`,
    action: 'Set a new password',
    end: IGNORE,
  }),
  'password-changed': ({ service, at }) => ({
    subject: `Your password for ${service} was changed`,
    lead: `The password of your account at ${service} was changed at ${at}, and other sessions were signed out. If it was you, there is nothing to do.`,
    action: 'It was not me: set a new password',
    end: 'If it was not you, somebody has had access to your account. Set a new password, which signs out every session.',
  }),
  'email-changed': ({ service, at, home }) => ({
    subject: `Your e-mail address for ${service} was changed`,
    lead: `The e-mail address of your account at ${service} was changed at ${at}. This address no longer belongs to it. If it was you, there is nothing to do.`,
    end: `If it was not you, somebody knows your password. Ask the operators of ${service} (${home}) at once to give the account back to you, and change the password wherever else you use it.`,
  }),
  'new-sign-in': ({ service, at }) => ({
    subject: `New sign-in to ${service}`,
    lead: `Somebody signed in to your account at ${service} at ${at}, from a network that your account has not used recently. If it was you, there is nothing to do.`,
    action: 'It was not me: set a new password',
    end: 'If it was not you, somebody knows your password. Set a new password, which signs out every session.',
  }),
  'account-deleted': ({ service, at, home }) => ({
    subject: `Your account at ${service} was deleted`,
    lead: `Your account at ${service} and everything in it were deleted at ${at}. If it was you, there is nothing to do.`,
    end: `If it was not you, somebody knew your password. Tell the operators of ${service} (${home}), and change the password wherever else you use it.`,
  }),
  'reset-issued': ({ service, at, home }) => ({
    subject: `An operator of ${service} can reset your password`,
    lead: `At ${at} an operator of ${service} made a link that sets a new password for your account. If you asked for it, there is nothing to do.`,
    end: `If it was not you, write to the operators of ${service} (${home}). The link ends with your next change of the password.`,
  }),
} satisfies Record<string, (facts: Facts) => Content>

/** The page of each action. The token is in the fragment of the URL, which browsers do not send. */
const PAGES: Partial<Record<MessageType, string>> = {
  reset: '/reset',
  verify: '/verify',
  change: '/email-change',
  register: '/verify',
  invite: '/register',
  taken: '/reset',
  'password-changed': '/reset',
  'new-sign-in': '/reset',
}

/** `at` is the time of the event. Links always lead to `APP_URL` and never depend on the `Host` of a request. */
export async function composeMessage(
  config: MailConfig,
  type: MessageType,
  at: Date,
  token?: string,
): Promise<Message> {
  const { service, appUrl } = config
  const link = `${appUrl}${PAGES[type] ?? ''}${token === undefined ? '' : `#${token}`}`
  const when = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const content: Content = MESSAGES[type]({ service, home: appUrl, at: when })
  return { subject: content.subject, text: asText(content, link), html: await asHtml(content, link, service) }
}

function asText({ lead, action, end }: Content, link: string): string {
  return [lead, ...(action ? [`${action}:\n${link}`] : []), end, ''].join('\n\n')
}

/** Styles are inline, because many mail clients ignore all others. Nothing is loaded from the network. */
async function asHtml({ subject, lead, action, end }: Content, link: string, service: string): Promise<string> {
  const button = html`<p style="margin: 24px 0">
      <a
        href="${link}"
        style="display: inline-block; padding: 12px 20px; border-radius: 6px; background: #1a56db; color: #ffffff; text-decoration: none"
        >${action}</a
      >
    </p>
    <p style="font-size: 14px">
      Or copy this link into a browser:<br /><span style="word-break: break-all">${link}</span>
    </p>`
  const document = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${subject}</title>
      </head>
      <body style="margin: 0; padding: 24px; font: 16px/1.5 sans-serif; color: #111111; background: #ffffff">
        <div style="max-width: 560px; margin: 0 auto">
          <p style="font-weight: bold">${service}</p>
          <p>${lead}</p>
          ${action ? button : ''}
          <p>${end}</p>
        </div>
      </body>
    </html> `
  // Converts the `String` object to a primitive string.
  return document.toString()
}
