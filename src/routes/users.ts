/** Registration, sign-in, refresh and sign-out. */
import { createRoute, z } from '@hono/zod-openapi'
import { NewPassword, notEqualTo, Password } from '../accounts/credentials.ts'
import { Email } from '../accounts/email-address.ts'
import { requireAuth } from '../accounts/guards.ts'
import { requestRegistration } from '../accounts/quiet-registration.ts'
import { readRefreshCookie, clearRefreshCookie } from '../accounts/refresh-cookie.ts'
import { register } from '../accounts/registration.ts'
import { revokeSession } from '../accounts/session.ts'
import { refresh, signIn } from '../accounts/sign-in.ts'
import { MAX_USERNAME, Username } from '../accounts/username.ts'
import {
  jsonBody,
  TurnstileToken,
  problemResponses,
  JSON_BODY_PROBLEMS,
  WRITE_PROBLEMS,
  withHeaders,
  requestOf,
  optionalJsonBody,
} from '../http/openapi.ts'
import { mailRateLimit, rateLimit, refreshRateLimit } from '../http/rate-limit.ts'
import { createRouter, MAX_ACCOUNT_BODY } from '../http/router.ts'
import { requireChallenge } from '../http/turnstile.ts'
import { lazy } from '../lazy.ts'
import { nfcText, text } from '../text.ts'
import {
  authResponse,
  CookieHeader,
  RefreshToken,
  ReplayedHeader,
  SessionMode,
  tokenDelivery,
} from './auth-response.ts'
import { IdempotencyKey } from './content/parameters.ts'

const [notUsername, notEmail] = [notEqualTo('username'), notEqualTo('email')]

const Registration = lazy(() =>
  z
    .strictObject({
      username: Username(),
      email: Email(),
      password: NewPassword(),
      invitation: text(1, 2_000).nullish().openapi({
        description:
          'Required if the service accepts registrations by invitation only. It is for the e-mail address that it was issued for.',
      }),
      turnstile_token: TurnstileToken(),
      session: SessionMode(),
    })
    .refine(notUsername.holds, notUsername.params)
    .refine(notEmail.holds, notEmail.params)
    .openapi('Registration'),
)

/** Exactly one of `email` or `username`. Code generators ignore `if` and mistake `oneOf` beside `properties` for a union. */
const ONE_NAME = {
  if: { required: ['email'], properties: { email: { not: { type: 'null' } } } },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { properties: { username: { type: 'null' } } },
  else: { required: ['username'], properties: { username: { not: { type: 'null' } } } },
}

/** The fields have no rules, because they are only compared. Every wrong value has the same response. */
const Credentials = lazy(() =>
  z
    .strictObject({
      email: nfcText(1, 254).nullish(),
      username: nfcText(1, MAX_USERNAME)
        .nullish()
        .openapi({ description: 'A username or an e-mail address. Surrounding spaces are ignored.' }),
      password: Password(),
      session: SessionMode(),
    })
    .refine(({ email, username }) => (email == null) !== (username == null), {
      message: 'Exactly one of `email` or `username` is required.',
      path: [],
    })
    .openapi('Credentials', {
      description: 'The password and exactly one of `email` or `username`.',
      example: { email: 'hong@example.com', password: 'correct horse battery staple' },
      ...ONE_NAME,
    }),
)

/**
 * Without a token, or with null, the cookie is used: some generated clients send every member. The document requires a
 * string, because a client that sends a body has a token, and Go clients would wrap it in a type for null.
 */
const Refresh = lazy(() =>
  z
    .strictObject({ refresh_token: RefreshToken().nullish().openapi({ type: 'string', minLength: 1, maxLength: 200 }) })
    .openapi('Refresh', { required: ['refresh_token'] }),
)

const keyHeader = (description: string) => () =>
  z.object({ 'idempotency-key': IdempotencyKey().optional().openapi({ description }) })

/** For a public route that hashes a password: it is rate-limited. */
const rateLimited = { middleware: rateLimit, security: [] }

export const users = createRouter({ maxBodyBytes: MAX_ACCOUNT_BODY })
  .openapi(
    createRoute({
      method: 'post',
      path: '/register',
      operationId: 'register',
      tags: ['users'],
      summary: 'Register',
      description:
        'Creates an account and signs in to it. Usernames are unique without regard to case and width. A password that is common, or equals the username or the e-mail address, is refused. With an `Idempotency-Key`, a repeated request signs in to the account that the first one created.',
      middleware: [rateLimit, mailRateLimit] as const,
      security: [],
      request: requestOf({
        body: jsonBody(Registration),
        headers: keyHeader(
          'A request sent again with the same key within a day signs in to the account that the first one created.',
        ),
      }),
      responses: {
        201: authResponse('The account and the tokens of its first session.', ReplayedHeader),
        202: {
          description:
            'With `REGISTRATION=quiet`: a mail was sent. Its link creates the account. If the address has an account, the mail states that.',
        },
        ...problemResponses(
          'origin-not-allowed',
          'registration-closed',
          'challenge-failed',
          'account-suspended',
          'invitation-required',
          'username-taken',
          'email-taken',
          'idempotency-key-reused',
          'too-many-requests',
          'too-many-mails',
          ...JSON_BODY_PROBLEMS,
          ...WRITE_PROBLEMS,
        ),
      },
    }),
    async (c) => {
      const { session, turnstile_token, ...registration } = c.req.valid('json')
      await requireChallenge(c.get('config'), { turnstile_token }, c.req.header('CF-Connecting-IP'))
      if (c.get('config').registration === 'quiet') {
        await requestRegistration(c.get('db'), c.get('caller'), registration)
        return c.body(null, 202)
      }
      const deliver = tokenDelivery(c, session)
      const key = c.req.valid('header')['idempotency-key']
      const { isReplayed, ...auth } = await register(c.get('db'), c.get('caller'), registration, key)
      if (isReplayed) c.header('Idempotent-Replayed', 'true')
      return c.json(deliver(auth), 201)
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/login',
      operationId: 'login',
      tags: ['users'],
      summary: 'Sign in',
      description:
        'Requires the password and the e-mail address or the username. The response is the same for an unknown name and a wrong password. From the tenth consecutive failed attempt of a network on, each failure delays the next attempt.',
      ...rateLimited,
      request: requestOf({ body: jsonBody(Credentials) }),
      responses: {
        200: authResponse('The tokens of a new session.'),
        ...problemResponses(
          'invalid-credentials',
          'account-suspended',
          'origin-not-allowed',
          'too-many-login-attempts',
          'too-many-requests',
          ...JSON_BODY_PROBLEMS,
          ...WRITE_PROBLEMS,
        ),
      },
    }),
    async (c) => {
      const { session, ...credentials } = c.req.valid('json')
      const deliver = tokenDelivery(c, session)
      return c.json(deliver(await signIn(c.get('db'), c.get('caller'), credentials)), 200)
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/refresh',
      operationId: 'refresh',
      tags: ['users'],
      summary: 'Refresh the tokens',
      description:
        'Each refresh token can be used once. The token just used gets the same tokens again for 2 minutes, and for 24 hours with the same `Idempotency-Key`. Any other use of an old token ends its session. Without a body, the cookie is used, for pages of the origins in `ALLOWED_ORIGINS`.',
      middleware: refreshRateLimit,
      security: [{}, { refresh_cookie: [] }],
      request: requestOf({
        body: optionalJsonBody(Refresh),
        headers: keyHeader('A request sent again with the same key and token within a day gets the same tokens.'),
      }),
      responses: {
        200: authResponse('New tokens of the same session.'),
        ...problemResponses(
          'invalid-refresh-token',
          'origin-not-allowed',
          'too-many-requests',
          ...JSON_BODY_PROBLEMS,
          ...WRITE_PROBLEMS,
        ),
      },
    }),
    async (c) => {
      const { refresh_token } = c.req.valid('json')
      const token = refresh_token ?? readRefreshCookie(c) ?? ''
      const deliver = tokenDelivery(c, refresh_token == null ? 'cookie' : 'token')
      const key = c.req.valid('header')['idempotency-key']
      return c.json(deliver(await refresh(c.get('db'), c.get('caller'), token, key)), 200)
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/logout',
      operationId: 'logout',
      tags: ['users'],
      summary: 'Sign out',
      description: 'Ends the session of the request. Its access token and its refresh token are refused from then on.',
      ...requireAuth,
      responses: {
        204: withHeaders({ description: 'The session has ended.' }, CookieHeader),
        ...problemResponses('unauthenticated', 'invalid-token', ...WRITE_PROBLEMS),
      },
    }),
    async (c) => {
      await revokeSession(c.get('db'), c.get('caller'), c.get('currentUser'), c.get('currentUser').sessionId)
      clearRefreshCookie(c)
      return c.body(null, 204)
    },
  )
