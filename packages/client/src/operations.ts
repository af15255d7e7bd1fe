/** The problem codes, and the operations whose success has no body. Generated from the OpenAPI document by `npm run client`; do not edit. */

/** The `code` of every problem that a route of the document can respond with. */
export type ProblemCode =
  | 'account-suspended'
  | 'challenge-failed'
  | 'content-too-large'
  | 'email-not-verified'
  | 'email-taken'
  | 'forbidden'
  | 'idempotency-key-reused'
  | 'internal-error'
  | 'invalid-credentials'
  | 'invalid-input'
  | 'invalid-mail-token'
  | 'invalid-refresh-token'
  | 'invalid-token'
  | 'invitation-required'
  | 'mail-not-configured'
  | 'malformed-json'
  | 'new-account-limit'
  | 'not-found'
  | 'origin-not-allowed'
  | 'outcome-unknown'
  | 'reauthentication-required'
  | 'registration-closed'
  | 'too-many-login-attempts'
  | 'too-many-mails'
  | 'too-many-new-items'
  | 'too-many-requests'
  | 'too-many-writes'
  | 'unauthenticated'
  | 'unavailable'
  | 'unsupported-media-type'
  | 'username-taken'
  | 'version-conflict'
  | 'wrong-password'

/** The status of a success without a body. With `orBody`, successes of other statuses have one. */
export type EmptyResponse = { status: number; orBody?: true }

/** The operations that have a success without a body. Every other success has one. */
export const EMPTY_RESPONSES: Readonly<Record<string, EmptyResponse>> = {
  'DELETE /operator/posts/{id}/hidden': { status: 204 },
  'DELETE /operator/recipes/{id}/hidden': { status: 204 },
  'DELETE /operator/users/{id}': { status: 204 },
  'DELETE /operator/users/{id}/sessions': { status: 204 },
  'DELETE /operator/users/{id}/suspension': { status: 204 },
  'DELETE /posts/{id}': { status: 204 },
  'DELETE /recipes/{id}': { status: 204 },
  'DELETE /users/me/sessions': { status: 204 },
  'DELETE /users/me/sessions/{id}': { status: 204 },
  'POST /operator/invitations': { status: 202, orBody: true },
  'POST /posts/{id}/reports': { status: 202 },
  'POST /recipes/{id}/reports': { status: 202 },
  'POST /users/logout': { status: 204 },
  'POST /users/me/delete': { status: 204 },
  'POST /users/me/email-verification': { status: 202 },
  'POST /users/me/reauthenticate': { status: 204 },
  'POST /users/password-reset': { status: 202 },
  'POST /users/register': { status: 202, orBody: true },
  'PUT /operator/posts/{id}/hidden': { status: 204 },
  'PUT /operator/recipes/{id}/hidden': { status: 204 },
  'PUT /operator/users/{id}/suspension': { status: 204 },
  'PUT /users/email-change': { status: 204 },
  'PUT /users/email-verification': { status: 204 },
  'PUT /users/me/password': { status: 204 },
  'PUT /users/password-reset': { status: 204 },
}
