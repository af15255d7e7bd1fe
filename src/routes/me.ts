/** The account of the current user. */
import { createRoute, z } from '@hono/zod-openapi'
import { NewPassword, Password } from '../accounts/credentials.ts'
import { Email, StoredEmail } from '../accounts/email-address.ts'
import { requestEmailChange } from '../accounts/email-change.ts'
import { requireAuth, requireAuthAndRateLimit } from '../accounts/guards.ts'
import { changePassword, changeProfile, deleteAccount, readMe, reauthenticate } from '../accounts/me.ts'
import { clearRefreshCookie } from '../accounts/refresh-cookie.ts'
import { StoredUsername, Username } from '../accounts/username.ts'
import {
  jsonResponse,
  id,
  timestamp,
  jsonBody,
  problemResponses,
  READ_PROBLEMS,
  JSON_BODY_PROBLEMS,
  WRITE_PROBLEMS,
  requestOf,
} from '../http/openapi.ts'
import { createRouter, MAX_ACCOUNT_BODY } from '../http/router.ts'
import { lazy } from '../lazy.ts'
import { users } from '../store/schema.ts'

export const Me = lazy(() =>
  z
    .object({
      id: id(),
      username: StoredUsername(),
      email: StoredEmail().nullable().openapi({ description: 'Null for an imported user who has not set one.' }),
      email_verified: z.boolean().openapi({ description: 'Whether the owner has used a link mailed to the address.' }),
      role: z.enum(users.role.enumValues),
      created_at: timestamp(),
      updated_at: timestamp(),
    })
    .openapi('Me', {
      example: {
        id: 1,
        username: '홍길동',
        email: 'hong@example.com',
        email_verified: true,
        role: 'member',
        created_at: '2026-11-22T09:30:00.000Z',
        updated_at: '2026-11-22T09:30:00.000Z',
      },
    }),
)

/** The username, the address with the password, or both. Code generators ignore `if` and do not support this `anyOf`. */
const EMAIL_NEEDS_PASSWORD = {
  dependentRequired: { email: ['current_password'] },
  if: { required: ['email'] },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { required: ['current_password'] },
  else: { required: ['username'] },
}

const ProfileUpdate = lazy(() =>
  z
    .strictObject({
      username: Username().optional(),
      email: Email().optional(),
      current_password: Password().optional(),
    })
    .refine(({ username, email }) => username !== undefined || email !== undefined, {
      error: 'At least one of `username` or `email` is required.',
    })
    .refine(({ email, current_password }) => email === undefined || current_password !== undefined, {
      error: 'Required to change the e-mail address.',
      path: ['current_password'],
    })
    .openapi('ProfileUpdate', {
      example: { username: '홍길동' },
      minProperties: 1,
      ...EMAIL_NEEDS_PASSWORD,
    }),
)

const PasswordChange = lazy(() =>
  z.strictObject({ current_password: Password(), new_password: NewPassword() }).openapi('PasswordChange'),
)

const Reauthentication = lazy(() => z.strictObject({ current_password: Password() }).openapi('Reauthentication'))

const Deletion = lazy(() => z.strictObject({ current_password: Password() }).openapi('Deletion'))

const tags = ['me']
const GUARD_PROBLEMS = ['unauthenticated', 'invalid-token'] as const
const PASSWORD_PROBLEMS = [
  ...GUARD_PROBLEMS,
  'wrong-password',
  'too-many-login-attempts',
  'too-many-requests',
  ...JSON_BODY_PROBLEMS,
  ...WRITE_PROBLEMS,
] as const

export const me = createRouter({ maxBodyBytes: MAX_ACCOUNT_BODY })
  .openapi(
    createRoute({
      method: 'get',
      path: '/',
      operationId: 'readMe',
      tags,
      summary: 'Read my account',
      description: 'The account as its owner sees it, with the e-mail address.',
      ...requireAuth,
      responses: { 200: jsonResponse(Me, 'The account.'), ...problemResponses(...GUARD_PROBLEMS, ...READ_PROBLEMS) },
    }),
    async (c) => c.json(await readMe(c.get('db'), c.get('currentUser')), 200),
  )
  .openapi(
    createRoute({
      method: 'patch',
      path: '/',
      operationId: 'updateMe',
      tags,
      summary: 'Change my username or e-mail address',
      description:
        'Fields that are not sent do not change. Changing the e-mail address requires `current_password`. If the service sends mail, the response to a new address is 202, and the address changes when the link mailed to it is used (`PUT /users/email-change`); the response is the same if the address is taken. Without mail the address changes at once. A new username is also set on everything the user wrote.',
      ...requireAuthAndRateLimit,
      request: requestOf({ body: jsonBody(ProfileUpdate) }),
      responses: {
        200: jsonResponse(Me, 'The account as it is now.'),
        202: jsonResponse(Me, 'The account as it is now. A mail to the new address is on its way.'),
        ...problemResponses(...PASSWORD_PROBLEMS, 'username-taken', 'email-taken', 'too-many-mails'),
      },
    }),
    async (c) => {
      const { email, ...rest } = c.req.valid('json')
      const [db, caller, currentUser] = [c.get('db'), c.get('caller'), c.get('currentUser')]
      if (email === undefined || !caller.config.mail)
        return c.json(await changeProfile(db, caller, currentUser, { email, ...rest }), 200)
      return c.json(await requestEmailChange(db, caller, currentUser, { email, ...rest }), 202)
    },
  )
  .openapi(
    createRoute({
      method: 'put',
      path: '/password',
      operationId: 'changePassword',
      tags,
      summary: 'Change my password',
      description:
        'Ends every other session. From the tenth consecutive wrong password on, each failure delays the next attempt.',
      ...requireAuthAndRateLimit,
      request: requestOf({ body: jsonBody(PasswordChange) }),
      responses: { 204: { description: 'The password was changed.' }, ...problemResponses(...PASSWORD_PROBLEMS) },
    }),
    async (c) => {
      await changePassword(c.get('db'), c.get('caller'), c.get('currentUser'), c.req.valid('json'))
      return c.body(null, 204)
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/reauthenticate',
      operationId: 'reauthenticate',
      tags,
      summary: 'Reauthenticate',
      description:
        'For the next 15 minutes this session can do what requires a recent proof of the password, such as suspending a user.',
      ...requireAuthAndRateLimit,
      request: requestOf({ body: jsonBody(Reauthentication) }),
      responses: {
        204: { description: 'The reauthentication was recorded.' },
        ...problemResponses(...PASSWORD_PROBLEMS),
      },
    }),
    async (c) => {
      const { current_password } = c.req.valid('json')
      await reauthenticate(c.get('db'), c.get('caller'), c.get('currentUser'), current_password)
      return c.body(null, 204)
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/delete',
      operationId: 'deleteMe',
      tags,
      summary: 'Delete my account',
      description:
        'At once and for good. It is a `POST` because a body sent with `DELETE` means nothing (RFC 9110 §9.3.5).',
      ...requireAuthAndRateLimit,
      request: requestOf({ body: jsonBody(Deletion) }),
      responses: {
        204: { description: 'The account and its content were deleted.' },
        ...problemResponses(...PASSWORD_PROBLEMS),
      },
    }),
    async (c) => {
      await deleteAccount(c.get('db'), c.get('caller'), c.get('currentUser'), c.req.valid('json').current_password)
      clearRefreshCookie(c)
      return c.body(null, 204)
    },
  )
