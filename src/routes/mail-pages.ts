/**
 * The pages that links in mails lead to, for a service without its own app. Opening a page changes nothing. Their URLs
 * are relative, so that they also work under a base path.
 */
import type { Context } from 'hono'
import { html } from 'hono/html'
import { serveAsset } from '../http/assets.ts'
import type { AppEnv } from '../http/context.ts'
import { createRouter } from '../http/router.ts'

type Content = ReturnType<typeof html>

export const mailPages = createRouter()

mailPages.get('/pages/:file', serveAsset)

mailPages.get('/reset', (c) =>
  page(
    c,
    'Set a new password',
    html`<form
        hidden
        data-with-token="token"
        data-method="PUT"
        data-action="users/password-reset"
        data-done="Your new password is set, and every session is signed out. Sign in with the new password."
      >
        ${newPasswordField('new_password', 'New password')}
        <button>Set the password</button>
      </form>
      <form
        hidden
        data-without-token
        data-method="POST"
        data-action="users/password-reset"
        data-done="If an account has this address, a mail with a link is on its way. The link works for 30 minutes."
      >
        ${emailField('E-mail address of your account')}
        <button>Send me a link</button>
      </form>`,
  ),
)

mailPages.get('/register', (c) =>
  page(
    c,
    'Register',
    html`<form
      hidden
      data-with-token="invitation"
      data-method="POST"
      data-action="users/register"
      data-done="Your account is created. You can sign in now, and close this page."
    >
      ${emailField('E-mail address that was invited')}
      <label for="username">Username</label>
      <input id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required />
      ${newPasswordField('password', 'Password')}
      <button>Register</button>
    </form>`,
  ),
)

mailPages.get('/verify', (c) =>
  page(
    c,
    'Confirm your e-mail address',
    button('users/email-verification', 'Confirm the address', 'The address is confirmed. You can close this page.'),
  ),
)

mailPages.get('/email-change', (c) =>
  page(
    c,
    'Use this e-mail address',
    button(
      'users/email-change',
      'Use this address',
      'Your account has this address now. Other sessions are signed out.',
    ),
  ),
)

const emailField = (label: string) =>
  html`<label for="email">${label}</label>
    <input
      id="email"
      name="email"
      inputmode="email"
      autocomplete="email"
      autocapitalize="none"
      spellcheck="false"
      required
    />`

const newPasswordField = (name: string, label: string) =>
  html`<label for="${name}">${label}</label>
    <input id="${name}" name="${name}" type="password" autocomplete="new-password" required aria-describedby="hint" />
    <p class="hint" id="hint">At least 8 characters, and not one of the most common passwords.</p>`

const button = (action: string, label: string, done: string) =>
  html`<form hidden data-with-token="token" data-method="PUT" data-action="${action}" data-done="${done}">
    <button>${label}</button>
  </form>`

function page(c: Context<AppEnv>, title: string, content: Content) {
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <link rel="icon" href="docs/favicon-32x32.png" />
        <link rel="stylesheet" href="pages/mail-page.css" />
        <script type="module" src="pages/mail-page.js"></script>
      </head>
      <body>
        <h1>${title}</h1>
        ${content}
        <p role="status"></p>
        <noscript><p>This page needs JavaScript.</p></noscript>
      </body>
    </html>`
  return c.html(document, 200, { 'Content-Security-Policy': POLICY, 'Referrer-Policy': 'no-referrer' })
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
