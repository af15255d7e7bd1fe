/** Accounts from outside: made, and signed in to. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { register, signIn } from '../account.ts'
import { Email, NewPassword, notOwnName, Username } from '../credentials.ts'
import type { AppEnv } from '../env.ts'
import { answer, BODY_PROBLEMS, json, problems } from '../openapi.ts'
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
    password: nfc(1, 1024).openapi({ format: 'password', example: 'correct horse battery staple' }),
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

export const users = new OpenAPIHono<AppEnv>()
  .openapi(
    createRoute({
      method: 'post',
      path: '/register',
      operationId: 'register',
      tags: ['users'],
      summary: 'Make an account and sign in to it',
      security: [],
      request: json(Registration),
      responses: {
        201: answer(Auth, 'The account, and the tokens of its first session.'),
        ...problems('username-taken', 'email-taken', ...BODY_PROBLEMS),
      },
    }),
    async (c) =>
      c.json(await register(c.get('db'), c.get('config'), c.req.valid('json'), c.req.header('User-Agent')), 201),
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/login',
      operationId: 'login',
      tags: ['users'],
      summary: 'Sign in by e-mail address or by username',
      security: [],
      request: json(Credentials),
      responses: {
        200: answer(Auth, 'The tokens of a new session.'),
        ...problems('invalid-credentials', ...BODY_PROBLEMS),
      },
    }),
    async (c) =>
      c.json(await signIn(c.get('db'), c.get('config'), c.req.valid('json'), c.req.header('User-Agent')), 200),
  )
