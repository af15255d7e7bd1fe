/** Operators: search, suspension, sign-out, password reset and deletion of users. */
import { createRoute, z } from '@hono/zod-openapi'
import { requireAuth } from '../accounts/guards.ts'
import { matchesIfNoneMatch } from '../http/conditional.ts'
import {
  JSON_BODY_PROBLEMS,
  jsonBody,
  jsonResponse,
  problemResponses,
  READ_PROBLEMS,
  withHeaders,
  WRITE_PROBLEMS,
  requestOf,
  optionalJsonBody,
} from '../http/openapi.ts'
import { createRouter, MAX_ACCOUNT_BODY } from '../http/router.ts'
import { lazy } from '../lazy.ts'
import { deleteUser } from '../operators/deletion.ts'
import { issuePasswordReset } from '../operators/password-reset.ts'
import { revokeUserSessions } from '../operators/sessions.ts'
import { liftSuspension, suspendUser } from '../operators/suspension.ts'
import { USER_STATUSES } from '../operators/user-search.ts'
import { listUsers, readUser } from '../operators/users.ts'
import { text } from '../text.ts'
import { ETagHeader, IdParameter, IfNoneMatch, LinkHeader, pageQuery } from './content/parameters.ts'
import { digestTag, Decision, OptionalDecision, PasswordResetLink, User } from './operator-schema.ts'
import { byId, pageOf, pageRequest, pageResponse } from './page.ts'

const tags = ['operators']
const GUARD_PROBLEMS = ['unauthenticated', 'invalid-token', 'not-found', 'invalid-input'] as const
const CHANGE_PROBLEMS = [...GUARD_PROBLEMS, ...JSON_BODY_PROBLEMS, ...WRITE_PROBLEMS] as const
const RESTRICTION_PROBLEMS = [...CHANGE_PROBLEMS, 'reauthentication-required'] as const

const UserQuery = lazy(() =>
  z.strictObject({
    ...pageQuery(),
    q: text(0, 200).optional().openapi({ description: 'A part of the username or of the e-mail address.' }),
    status: z.enum(USER_STATUSES).optional().openapi({ description: 'Default: `all`.' }),
  }),
)

export const operatorUsers = createRouter({ maxBodyBytes: MAX_ACCOUNT_BODY })
  .openapi(
    createRoute({
      method: 'get',
      path: '/',
      operationId: 'listUsers',
      tags,
      summary: 'Find users',
      description: 'Newest first. For operators. Everybody else gets 404.',
      ...requireAuth,
      request: requestOf({ query: UserQuery }),
      responses: {
        200: jsonResponse(pageOf('UserPage', User), 'A page of users.', LinkHeader),
        ...problemResponses(...GUARD_PROBLEMS, ...READ_PROBLEMS),
      },
    }),
    async (c) => {
      const { q, status = 'all' } = c.req.valid('query')
      const page = pageRequest(c, c.req.valid('query'))
      const rows = await listUsers(c.get('db'), c.get('currentUser'), { q, status }, page)
      return c.json(pageResponse(c, page, rows, byId), 200)
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/{id}',
      operationId: 'readUser',
      tags,
      summary: 'Read a user',
      description: 'With the e-mail address, counts of sessions and items, and the reason for a suspension.',
      ...requireAuth,
      request: requestOf({ params: IdParameter, headers: IfNoneMatch }),
      responses: {
        200: jsonResponse(User, 'The user.', ETagHeader),
        304: withHeaders({ description: 'The user is unchanged.' }, ETagHeader),
        ...problemResponses(...GUARD_PROBLEMS, ...READ_PROBLEMS),
      },
    }),
    async (c) => {
      const user = await readUser(c.get('db'), c.get('currentUser'), c.req.valid('param').id)
      const tag = digestTag(user)
      c.header('ETag', tag)
      c.header('Cache-Control', 'no-store')
      return matchesIfNoneMatch(c.req.valid('header')['if-none-match'], tag) ? c.body(null, 304) : c.json(user, 200)
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/{id}',
      operationId: 'deleteUser',
      tags,
      summary: 'Delete a user and everything the user wrote',
      description: 'Permanent. Requires a recent proof of the password.',
      ...requireAuth,
      request: requestOf({ params: IdParameter, body: jsonBody(Decision) }),
      responses: {
        204: { description: 'The account and its content are deleted.' },
        ...problemResponses(...RESTRICTION_PROBLEMS, 'forbidden'),
      },
    }),
    async (c) => {
      const { reason } = c.req.valid('json')
      await deleteUser(c.get('db'), c.get('caller'), c.get('currentUser'), c.req.valid('param').id, reason)
      return c.body(null, 204)
    },
  )
  .openapi(
    createRoute({
      method: 'put',
      path: '/{id}/suspension',
      operationId: 'suspendUser',
      tags,
      summary: 'Suspend a user',
      description:
        'Every session of the user ends at once, signing in is refused, and what the user published is hidden until the suspension is lifted. Requires a recent proof of the password.',
      ...requireAuth,
      request: requestOf({ params: IdParameter, body: jsonBody(Decision) }),
      responses: {
        204: { description: 'The user is suspended.' },
        ...problemResponses(...RESTRICTION_PROBLEMS, 'forbidden'),
      },
    }),
    async (c) => {
      const { reason } = c.req.valid('json')
      await suspendUser(c.get('db'), c.get('caller'), c.get('currentUser'), c.req.valid('param').id, reason)
      return c.body(null, 204)
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/{id}/suspension',
      operationId: 'liftSuspension',
      tags,
      summary: 'Lift a suspension',
      description: 'The user can sign in again, and what the user had published is back. Drafts are unchanged.',
      ...requireAuth,
      request: requestOf({ params: IdParameter, body: optionalJsonBody(OptionalDecision) }),
      responses: { 204: { description: 'The user is not suspended.' }, ...problemResponses(...CHANGE_PROBLEMS) },
    }),
    async (c) => {
      const { reason = null } = c.req.valid('json')
      await liftSuspension(c.get('db'), c.get('caller'), c.get('currentUser'), c.req.valid('param').id, reason)
      return c.body(null, 204)
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/{id}/sessions',
      operationId: 'revokeUserSessions',
      tags,
      summary: 'Sign a user out everywhere',
      description: 'Every token of the user is refused at once. Requires a recent proof of the password.',
      ...requireAuth,
      request: requestOf({ params: IdParameter, body: optionalJsonBody(OptionalDecision) }),
      responses: {
        204: { description: 'The user has no session.' },
        ...problemResponses(...RESTRICTION_PROBLEMS),
      },
    }),
    async (c) => {
      const { reason = null } = c.req.valid('json')
      await revokeUserSessions(c.get('db'), c.get('caller'), c.get('currentUser'), c.req.valid('param').id, reason)
      return c.body(null, 204)
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/{id}/password-reset',
      operationId: 'issuePasswordReset',
      tags,
      summary: 'Issue a link that sets a new password',
      description:
        'For a user who cannot get in. Hand the link over yourself: it works once, within 30 minutes. If mail is configured, the user is notified. Requires a recent proof of the password.',
      ...requireAuth,
      request: requestOf({ params: IdParameter, body: optionalJsonBody(OptionalDecision) }),
      responses: {
        201: jsonResponse(PasswordResetLink, 'The link.'),
        ...problemResponses(...RESTRICTION_PROBLEMS),
      },
    }),
    async (c) => {
      const { reason = null } = c.req.valid('json')
      const issued = await issuePasswordReset(
        c.get('db'),
        c.get('caller'),
        c.get('currentUser'),
        c.req.valid('param').id,
        reason,
      )
      const home = c.get('config').mail?.appUrl ?? new URL(c.req.url).origin
      c.header('Cache-Control', 'no-store')
      return c.json({ ...issued, url: `${home}/reset#${issued.token}` }, 201)
    },
  )
