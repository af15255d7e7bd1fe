/** Password reset and e-mail verification: requests for a mail, and the use of its token. */
import { createRoute, z } from '@hono/zod-openapi'
import { NewPassword } from '../accounts/credentials.ts'
import { Email } from '../accounts/email-address.ts'
import { confirmEmailChange } from '../accounts/email-change.ts'
import { requireAuth } from '../accounts/guards.ts'
import { requestEmailVerification, requestPasswordReset, resetPassword, verifyEmail } from '../accounts/recovery.ts'
import {
  jsonBody,
  JSON_BODY_PROBLEMS,
  opaque,
  problemResponses,
  TurnstileToken,
  WRITE_PROBLEMS,
  requestOf,
} from '../http/openapi.ts'
import { mailRateLimit, rateLimit } from '../http/rate-limit.ts'
import { createRouter, MAX_ACCOUNT_BODY } from '../http/router.ts'
import { requireChallenge } from '../http/turnstile.ts'
import { lazy } from '../lazy.ts'

const MailToken = lazy(() => opaque(2_000).openapi({ example: 'purpose.user.epoch.expiry.mac' }))

const PasswordResetRequest = lazy(() =>
  z
    .strictObject({ email: Email(), turnstile_token: TurnstileToken() })
    .openapi('PasswordResetRequest', { example: { email: 'hong@example.com' } }),
)
const PasswordReset = lazy(() =>
  z.strictObject({ token: MailToken(), new_password: NewPassword() }).openapi('PasswordReset'),
)
const MailTokenUse = lazy(() => z.strictObject({ token: MailToken() }).openapi('MailTokenUse'))

const tags = ['recovery']

/** The problems of every route in this file. */
const MAIL_PROBLEMS = ['mail-not-configured', ...WRITE_PROBLEMS] as const

/** For a public route whose body has the token of a mail. The rate limit is checked before the token. */
const open = { middleware: rateLimit, security: [] }

export const recovery = createRouter({ maxBodyBytes: MAX_ACCOUNT_BODY })
  .openapi(
    createRoute({
      method: 'post',
      path: '/password-reset',
      operationId: 'requestPasswordReset',
      tags,
      summary: 'Request a mail to reset a forgotten password',
      description:
        'The response is the same whether or not an account has the address. The link in the mail leads to `APP_URL/reset#<token>` and is valid for 30 minutes. An account gets at most one such mail a minute.',
      middleware: mailRateLimit,
      security: [],
      request: requestOf({ body: jsonBody(PasswordResetRequest) }),
      responses: {
        202: { description: 'If an account has this address, a mail is sent.' },
        ...problemResponses(
          'challenge-failed',
          'too-many-requests',
          'too-many-mails',
          ...JSON_BODY_PROBLEMS,
          ...MAIL_PROBLEMS,
        ),
      },
    }),
    async (c) => {
      const { email, turnstile_token } = c.req.valid('json')
      await requireChallenge(c.get('config'), { turnstile_token }, c.req.header('CF-Connecting-IP'))
      await requestPasswordReset(c.get('db'), c.get('caller'), email)
      return c.body(null, 202)
    },
  )
  .openapi(
    createRoute({
      method: 'put',
      path: '/password-reset',
      operationId: 'resetPassword',
      tags,
      summary: 'Set a new password with the token of a mail or of an operator',
      description:
        'Ends every session and starts none. Resets the login throttle, verifies the e-mail address and mails a notice. A token works once.',
      ...open,
      request: requestOf({ body: jsonBody(PasswordReset) }),
      responses: {
        204: { description: 'The new password is set.' },
        ...problemResponses('invalid-mail-token', 'too-many-requests', ...JSON_BODY_PROBLEMS, ...WRITE_PROBLEMS),
      },
    }),
    async (c) => {
      await resetPassword(c.get('db'), c.get('caller'), c.req.valid('json'))
      return c.body(null, 204)
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/me/email-verification',
      operationId: 'requestEmailVerification',
      tags,
      summary: 'Request a mail to verify my e-mail address',
      description:
        'Registration sends the first one. An account gets at most one a minute; a verified address gets none. The link leads to `APP_URL/verify#<token>` and is valid for 24 hours.',
      middleware: [requireAuth.middleware, mailRateLimit] as const,
      security: requireAuth.security,
      responses: {
        202: { description: 'Unless the address is verified, a mail is sent.' },
        ...problemResponses(
          'unauthenticated',
          'invalid-token',
          'too-many-requests',
          'too-many-mails',

          ...MAIL_PROBLEMS,
        ),
      },
    }),
    async (c) => {
      await requestEmailVerification(c.get('db'), c.get('caller'), c.get('currentUser'))
      return c.body(null, 202)
    },
  )
  .openapi(
    createRoute({
      method: 'put',
      path: '/email-verification',
      operationId: 'verifyEmail',
      tags,
      summary: 'Verify an e-mail address with the token of a mail',
      description:
        'Idempotent while the token is valid. With `REGISTRATION=quiet` the token of a registration creates the account.',
      ...open,
      request: requestOf({ body: jsonBody(MailTokenUse) }),
      responses: {
        204: { description: 'The address is verified.' },
        ...problemResponses(
          'invalid-mail-token',
          'username-taken',
          'too-many-requests',
          ...JSON_BODY_PROBLEMS,
          ...MAIL_PROBLEMS,
        ),
      },
    }),
    async (c) => {
      await verifyEmail(c.get('db'), c.get('caller'), c.req.valid('json').token)
      return c.body(null, 204)
    },
  )
  .openapi(
    createRoute({
      method: 'put',
      path: '/email-change',
      operationId: 'confirmEmailChange',
      tags,
      summary: 'Change an e-mail address with the token of a mail',
      description:
        'The token goes to the new address when `PATCH /users/me` asks for the change. Ends every session but the one that asked, and mails a notice to the old address. A token works once.',
      ...open,
      request: requestOf({ body: jsonBody(MailTokenUse) }),
      responses: {
        204: { description: 'The account has the new address, and it is verified.' },
        ...problemResponses(
          'invalid-mail-token',
          'email-taken',
          'too-many-requests',
          ...JSON_BODY_PROBLEMS,
          ...MAIL_PROBLEMS,
        ),
      },
    }),
    async (c) => {
      await confirmEmailChange(c.get('db'), c.get('caller'), c.req.valid('json').token)
      return c.body(null, 204)
    },
  )
