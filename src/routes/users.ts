/** Accounts from outside: made, and signed in to. */
import { createRoute, z } from '@hono/zod-openapi'
import { readProfile, refresh, register, signIn } from '../accounts/account.ts'
import {
  Email,
  MAX_USERNAME,
  NewPassword,
  notEqualTo,
  Password,
  StoredUsername,
  Username,
} from '../accounts/credentials.ts'
import { requireAuth } from '../accounts/guards.ts'
import { requestRegistration } from '../accounts/quiet-registration.ts'
import { readRefreshCookie, clearRefreshCookie } from '../accounts/refresh-cookie.ts'
import { revokeSession } from '../accounts/session.ts'
import {
  jsonResponse,
  timestamp,
  jsonBody,
  TurnstileToken,
  problemResponses,
  READ_PROBLEMS,
  JSON_BODY_PROBLEMS,
  WRITE_PROBLEMS,
  withHeaders,
} from '../http/openapi.ts'
import { mailRateLimit, rateLimit } from '../http/rate-limit.ts'
import { createRouter, MAX_ACCOUNT_BODY } from '../http/router.ts'
import { requireChallenge } from '../http/turnstile.ts'
import { nfcText, text } from '../text.ts'
import { CookieHeader, authResponse, tokenDelivery, RefreshToken, SessionMode } from './auth-response.ts'

const [notUsername, notEmail] = [notEqualTo('username'), notEqualTo('email')]

const Registration = z
  .strictObject({
    username: Username,
    email: Email,
    password: NewPassword,
    invitation: text(1, 2_000).optional().openapi({
      description:
        'Required if the service accepts registrations by invitation only. It is for the e-mail address that it was issued for.',
    }),
    turnstile_token: TurnstileToken,
    session: SessionMode,
  })
  .refine(notUsername.holds, notUsername.params)
  .refine(notEmail.holds, notEmail.params)
  .openapi('Registration')

/** No rules for what is only compared: whatever does not fit is answered the same way. */
const Credentials = z
  .strictObject({
    email: nfcText(1, 254).optional(),
    username: nfcText(1, MAX_USERNAME).optional(),
    password: Password,
    session: SessionMode,
  })
  .refine(({ email, username }) => (email === undefined) !== (username === undefined), {
    message: 'Needs one of `email` and `username`.',
    path: [],
  })
  .openapi('Credentials', {
    description: 'The password and one of `email` and `username`.',
    example: { email: 'hong@example.com', password: 'correct horse battery staple' },
  })

const Refresh = z.strictObject({ refresh_token: RefreshToken }).openapi('Refresh')

/** May be left out: then the cookie is what counts. */
const optionalRefresh = { body: { content: { 'application/json': { schema: Refresh } } } }

const Profile = z
  .object({ username: StoredUsername, created_at: timestamp })
  .openapi('Profile', { example: { username: '홍길동', created_at: '2026-11-22T09:30:00.000Z' } })

/** For routes that anybody may call and that cost: the flood guard stands in front of them. */
const rateLimited = { middleware: rateLimit, security: [] }

export const users = createRouter({ maxBodyBytes: MAX_ACCOUNT_BODY })
  .openapi(
    createRoute({
      method: 'post',
      path: '/register',
      operationId: 'register',
      tags: ['users'],
      summary: 'Make an account and sign in to it',
      description:
        'A username in another case or compatibility form is the same name. A password that is common, or is the username or the e-mail address, is refused.',
      middleware: [rateLimit, mailRateLimit] as const,
      security: [],
      request: jsonBody(Registration),
      responses: {
        201: authResponse('The account, and the tokens of its first session.'),
        202: {
          description:
            'With `REGISTRATION=quiet`: a mail is on its way. Its link creates the account; if the address has one, the mail says so.',
        },
        ...problemResponses(
          'origin-not-allowed',
          'registration-closed',
          'challenge-failed',
          'invitation-required',
          'username-taken',
          'email-taken',
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
      const answered = tokenDelivery(c, session)
      return c.json(answered(await register(c.get('db'), c.get('caller'), registration)), 201)
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/login',
      operationId: 'login',
      tags: ['users'],
      summary: 'Sign in by e-mail address or by username',
      description:
        'An unknown name and a wrong password are answered alike. From the tenth wrong password in a row on, each makes the next try wait.',
      ...rateLimited,
      request: jsonBody(Credentials),
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
      const answered = tokenDelivery(c, session)
      return c.json(answered(await signIn(c.get('db'), c.get('caller'), credentials)), 200)
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/refresh',
      operationId: 'refresh',
      tags: ['users'],
      summary: 'Exchange a refresh token for new tokens',
      description:
        'Each refresh token is good once. The one just used gets the same answer again for 30 seconds; an older one was stolen, and ends its session. Without a body the cookie counts, for pages of the origins in `ALLOWED_ORIGINS`.',
      ...rateLimited,
      security: [{}, { refresh_cookie: [] }],
      request: optionalRefresh,
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
      const { refresh_token }: { refresh_token?: string } = c.req.valid('json')
      const token = refresh_token ?? readRefreshCookie(c) ?? ''
      const answered = tokenDelivery(c, refresh_token === undefined ? 'cookie' : 'token')
      return c.json(answered(await refresh(c.get('db'), c.get('caller'), token)), 200)
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/logout',
      operationId: 'logout',
      tags: ['users'],
      summary: 'End this session, at once',
      description: 'Its access token is refused from then on, and its refresh token too.',
      ...requireAuth,
      responses: {
        204: withHeaders({ description: 'It is over.' }, CookieHeader),
        ...problemResponses('unauthenticated', 'invalid-token', ...WRITE_PROBLEMS),
      },
    }),
    async (c) => {
      await revokeSession(c.get('db'), c.get('caller'), c.get('currentUser'), c.get('currentUser').sessionId)
      clearRefreshCookie(c)
      return c.body(null, 204)
    },
  )

/** What everybody may know of an account. Mounted after the paths that are not usernames. */
export const profiles = createRouter({ maxBodyBytes: MAX_ACCOUNT_BODY }).openapi(
  createRoute({
    method: 'get',
    path: '/{username}',
    operationId: 'readProfile',
    tags: ['users'],
    summary: 'What everybody may know of an account',
    description: 'The name is found in any case and compatibility form. The e-mail address is not told.',
    security: [],
    request: {
      params: z.strictObject({
        username: z.string().openapi({ example: '홍길동', maxLength: MAX_USERNAME, pattern: '^[^\\x00]+$' }),
      }),
    },
    responses: {
      200: jsonResponse(Profile, 'The account from outside.'),
      ...problemResponses('not-found', ...READ_PROBLEMS),
    },
  }),
  async (c) => c.json(await readProfile(c.get('db'), c.req.valid('param').username), 200),
)
