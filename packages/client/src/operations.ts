/** What the client knows of the operations while it runs. Generated from the OpenAPI document by `npm run client`; do not edit. */

/** The `code` of every problem that a route of the document can respond with. */
export type ProblemCode =
  | 'content-too-large'
  | 'email-taken'
  | 'forbidden'
  | 'idempotency-key-reused'
  | 'internal-error'
  | 'invalid-credentials'
  | 'invalid-input'
  | 'invalid-mail-token'
  | 'invalid-refresh-token'
  | 'invalid-token'
  | 'mail-not-configured'
  | 'malformed-json'
  | 'not-found'
  | 'origin-not-allowed'
  | 'outcome-unknown'
  | 'too-many-login-attempts'
  | 'too-many-mails'
  | 'too-many-requests'
  | 'unauthenticated'
  | 'unavailable'
  | 'unsupported-media-type'
  | 'username-taken'
  | 'version-conflict'
  | 'wrong-password'

/** The status of a success without a body, by operation. Every other success has a body. */
export const EMPTY_RESPONSES: Readonly<Record<string, number>> = {
  'DELETE /posts/{id}': 204,
  'DELETE /recipes/{id}': 204,
  'DELETE /users/me/sessions': 204,
  'DELETE /users/me/sessions/{id}': 204,
  'POST /users/logout': 204,
  'POST /users/me/delete': 204,
  'POST /users/me/email-verification': 202,
  'POST /users/password-reset': 202,
  'POST /users/register': 202,
  'PUT /users/email-change': 204,
  'PUT /users/email-verification': 204,
  'PUT /users/me/password': 204,
  'PUT /users/password-reset': 204,
}
