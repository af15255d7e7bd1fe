/** Accounts from outside: made, and signed in to. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { readProfile, refresh, register, signIn } from '../account.ts'
import { signedIn } from '../auth.ts'
import { Email, NewPassword, notOwnName, Password, Username } from '../credentials.ts'
import type { AppEnv } from '../env.ts'
import { slowFlood } from '../limit.ts'
import { answer, BODY_PROBLEMS, instant, json, problems } from '../openapi.ts'
import { end } from '../session.ts'
import { nfc } from '../text.ts'
import { Me } from './me.ts'

const [notUsername, notEmail] = [notOwnName('username'), notOwnName('email')]

const Registration = z
  .strictObject({ username: Username, email: Email, password: NewPassword })
  .refine(notUsername.holds, notUsername.params)
  .refine(notEmail.holds, notEmail.params)
  .openapi('Registration')

/** No rules for what is only compared: whatever does not fit is answered the same way. */
const Credentials = z
  .strictObject({
    email: nfc(1, 254).optional().openapi({ example: 'hong@example.com' }),
    username: nfc(1, 254).optional(),
    password: Password,
  })
  .refine(({ email, username }) => (email === undefined) !== (username === undefined), {
    message: 'Needs one of `email` and `username`.',
    path: [],
  })
  .openapi('Credentials', { description: 'The password and one of `email` and `username`.' })

const Auth = z
  .object({
    access_token: z.string().openapi({ description: 'A JWT; send it as `Authorization: Bearer <access_token>`.' }),
    token_type: z.literal('Bearer'),
    expires_in: z.int().openapi({ description: 'Seconds for which the access token is good.', example: 900 }),
    refresh_token: z.string(),
    user: Me,
  })
  .openapi('Auth')

const Refresh = z.strictObject({ refresh_token: z.string().min(1).max(200) }).openapi('Refresh')

const Profile = z
  .object({ username: z.string(), created_at: instant })
  .openapi('Profile', { example: { username: '홍길동', created_at: '2026-11-22T09:30:00.000Z' } })

/** For routes that anybody may call and that cost: the flood guard stands in front of them. */
const flooded = { middleware: slowFlood, security: [] }

export const users = new OpenAPIHono<AppEnv>()
  .openapi(
    createRoute({
      method: 'post',
      path: '/register',
      operationId: 'register',
      tags: ['users'],
      summary: 'Make an account and sign in to it',
      ...flooded,
      request: json(Registration),
      responses: {
        201: answer(Auth, 'The account, and the tokens of its first session.'),
        ...problems('username-taken', 'email-taken', 'too-many-requests', ...BODY_PROBLEMS),
      },
    }),
    async (c) => c.json(await register(c.get('db'), c.get('caller'), c.req.valid('json')), 201),
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/login',
      operationId: 'login',
      tags: ['users'],
      summary: 'Sign in by e-mail address or by username',
      ...flooded,
      request: json(Credentials),
      responses: {
        200: answer(Auth, 'The tokens of a new session.'),
        ...problems('invalid-credentials', 'too-many-guesses', 'too-many-requests', ...BODY_PROBLEMS),
      },
    }),
    async (c) => c.json(await signIn(c.get('db'), c.get('caller'), c.req.valid('json')), 200),
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/refresh',
      operationId: 'refresh',
      tags: ['users'],
      summary: 'Exchange a refresh token for new tokens',
      description:
        'Each refresh token is good once. The one just used gets the same answer again for 30 seconds; an older one was stolen, and ends its session.',
      ...flooded,
      request: json(Refresh),
      responses: {
        200: answer(Auth, 'New tokens of the same session.'),
        ...problems('invalid-refresh-token', 'too-many-requests', ...BODY_PROBLEMS),
      },
    }),
    async (c) => c.json(await refresh(c.get('db'), c.get('caller'), c.req.valid('json').refresh_token), 200),
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/logout',
      operationId: 'logout',
      tags: ['users'],
      summary: 'End this session, at once',
      ...signedIn,
      responses: { 204: { description: 'It is over.' }, ...problems('unauthenticated', 'invalid-token') },
    }),
    async (c) => {
      await end(c.get('db'), c.get('caller'), c.get('viewer'), c.get('viewer').sessionId)
      return c.body(null, 204)
    },
  )

/** What everybody may know of an account. Mounted after the paths that are not usernames. */
export const profiles = new OpenAPIHono<AppEnv>().openapi(
  createRoute({
    method: 'get',
    path: '/{username}',
    operationId: 'readProfile',
    tags: ['users'],
    summary: 'What everybody may know of an account',
    security: [],
    request: { params: z.strictObject({ username: z.string().openapi({ example: '홍길동' }) }) },
    responses: { 200: answer(Profile, 'The account from outside.'), ...problems('not-found') },
  }),
  async (c) => c.json(await readProfile(c.get('db'), c.req.valid('param').username), 200),
)
