/** Operators: invitations to register, for `REGISTRATION=invite`. */
import { createRoute, z } from '@hono/zod-openapi'
import { Email } from '../accounts/email-address.ts'
import { requireAuth } from '../accounts/guards.ts'
import {
  JSON_BODY_PROBLEMS,
  jsonBody,
  jsonResponse,
  problemResponses,
  WRITE_PROBLEMS,
  requestOf,
} from '../http/openapi.ts'
import { createRouter, MAX_ACCOUNT_BODY } from '../http/router.ts'
import { lazy } from '../lazy.ts'
import { invite } from '../operators/invitations.ts'
import { Invitation } from './operator-schema.ts'

const InvitationRequest = lazy(() =>
  z.strictObject({ email: Email() }).openapi('InvitationRequest', { example: { email: 'hong@example.com' } }),
)

export const operatorInvitations = createRouter({ maxBodyBytes: MAX_ACCOUNT_BODY }).openapi(
  createRoute({
    method: 'post',
    path: '/',
    operationId: 'inviteUser',
    tags: ['operators'],
    summary: 'Invite a user to register',
    description:
      'If mail is configured, the invitation is mailed: its link leads to `APP_URL/register#<invitation>`. Otherwise it is in the response. It is valid for 7 days and for this address only.',
    ...requireAuth,
    request: requestOf({ body: jsonBody(InvitationRequest) }),
    responses: {
      201: jsonResponse(Invitation, 'The invitation, to be sent as `invitation` of `POST /users/register`.'),
      202: { description: 'The invitation is mailed.' },
      ...problemResponses('unauthenticated', 'invalid-token', 'not-found', ...JSON_BODY_PROBLEMS, ...WRITE_PROBLEMS),
    },
  }),
  async (c) => {
    const invitation = await invite(c.get('db'), c.get('caller'), c.get('currentUser'), c.req.valid('json').email)
    c.header('Cache-Control', 'no-store')
    return invitation ? c.json(invitation, 201) : c.body(null, 202)
  },
)
