/**
 * The registry of problem types (RFC 9457). The renderer, the OpenAPI document and `/problems/{slug}` read it.
 */

/** Status, title, description and resolution by slug. The definition of a slug never changes. */
export const PROBLEMS = {
  'malformed-json': {
    status: 400,
    title: 'Malformed JSON',
    description:
      'The body is missing, is not one JSON value (RFC 8259) in UTF-8, or contains an object with a duplicate member.',
    resolution: 'Send one JSON value in UTF-8 without a byte order mark. Use each member name once per object.',
  },
  unauthenticated: {
    status: 401,
    title: 'Authentication required',
    description: 'The request has no access token, and the resource requires one.',
    resolution: 'Sign in and send the access token as `Authorization: Bearer <access_token>`.',
  },
  'invalid-token': {
    status: 401,
    title: 'Invalid or expired access token',
    description: 'The access token is expired, its session has ended, or this service did not issue it.',
    resolution: 'Exchange the refresh token for new tokens. If that fails, sign in again.',
  },
  'invalid-credentials': {
    status: 401,
    title: 'Invalid credentials',
    description: 'No account has this name and this password. The response does not say which of them is wrong.',
    resolution: 'Check the name and the password.',
  },
  'invalid-refresh-token': {
    status: 401,
    title: 'Invalid or expired refresh token',
    description:
      'The refresh token was already used, or its session has ended. A session ends 30 days after sign-in at the latest.',
    resolution: 'Sign in again.',
  },
  'invalid-mail-token': {
    status: 401,
    title: 'Invalid or expired mail token',
    description:
      'The token was already used, has expired, is for another purpose, or the password or the address of the account was changed since it was mailed.',
    resolution: 'Ask for a new mail and use the link in it.',
  },
  'email-not-verified': {
    status: 403,
    title: 'E-mail address not verified',
    description:
      'This service requires a verified e-mail address to publish, and the address of this account is not verified.',
    resolution:
      'Open the link in the mail that registration sent, or ask for another with `POST /users/me/email-verification`.',
  },
  'wrong-password': {
    status: 403,
    title: 'Wrong current password',
    description: 'The request requires the current password, and the password in the request is wrong.',
    resolution: 'Send the password of the account as `current_password`.',
  },
  'account-suspended': {
    status: 403,
    title: 'Account suspended',
    description: 'The password is correct. An operator has suspended the account.',
    resolution: 'Contact the operator of the service.',
  },
  'reauthentication-required': {
    status: 403,
    title: 'Reauthentication required',
    description: 'The action requires that the session has proved the password within the last 15 minutes.',
    resolution: 'Send `current_password` to `POST /users/me/reauthenticate`, then repeat the request.',
  },
  'registration-closed': {
    status: 403,
    title: 'Registration closed',
    description: 'The service accepts no registrations.',
    resolution: 'Contact the operator of the service.',
  },
  'invitation-required': {
    status: 403,
    title: 'Invitation required',
    description:
      'Registration requires an `invitation` for the e-mail address. It is missing, expired or for another address.',
    resolution: 'Ask the operator of the service for an invitation, and register with the address that it is for.',
  },
  'challenge-failed': {
    status: 403,
    title: 'Challenge failed',
    description: 'The service requires a Turnstile token here. It is missing, invalid, expired or used.',
    resolution: 'Let the Turnstile widget of the page make a new token, and send it as `turnstile_token`.',
  },
  'origin-not-allowed': {
    status: 403,
    title: 'Origin not allowed',
    description: 'Only pages of the origins in `ALLOWED_ORIGINS` can use a cookie session.',
    resolution: 'Call the service from an allowed origin, or keep the refresh token and send it in the body.',
  },
  forbidden: {
    status: 403,
    title: 'Forbidden',
    description: 'The current user can see the resource and must not change it. Only the author can change an item.',
    resolution: 'Sign in as the author of the item.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    description: 'The resource does not exist, or the current user must not know that it exists.',
    resolution: 'Check the path. Paths have no trailing slash.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    description: 'The resource exists and does not support this method.',
    resolution: 'Use one of the methods in the `Allow` header.',
  },
  'username-taken': {
    status: 409,
    title: 'Username already taken',
    description: 'Another account has this username. Usernames are compared without regard to case and width.',
    resolution: 'Choose another username.',
  },
  'email-taken': {
    status: 409,
    title: 'E-mail address already taken',
    description: 'Another account has this e-mail address.',
    resolution: 'Sign in to the account that has this address, or use another address.',
  },
  'version-conflict': {
    status: 412,
    title: 'Version conflict',
    description: 'The current version of the item is not the version in `If-Match`. Nothing was changed.',
    resolution: 'Read the item again and send the change with its current `ETag` as `If-Match`.',
  },
  'content-too-large': {
    status: 413,
    title: 'Content too large',
    description: 'The body is larger than this route accepts. `detail` states the limit in bytes.',
    resolution: 'Send a smaller body.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    description: 'The body is not `application/json`, has no media type, or uses an encoding other than UTF-8.',
    resolution: 'Send `Content-Type: application/json`.',
  },
  'invalid-input': {
    status: 422,
    title: 'Validation failed',
    description: 'The input is well-formed and breaks a rule. `errors` lists every fault.',
    resolution: 'Correct what `errors` lists: each entry has a JSON Pointer into the body or a parameter name.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'Idempotency key reused',
    description: 'This `Idempotency-Key` was used within the last 24 hours with another path or body.',
    resolution: 'Use a new `Idempotency-Key` for each different request.',
  },
  'too-many-login-attempts': {
    status: 429,
    title: 'Too many login attempts',
    description: 'Ten or more consecutive login attempts failed. Active sessions stay valid.',
    resolution: 'Wait for the number of seconds in `Retry-After`.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    description: 'This network sent more requests than the rate limit allows.',
    resolution: 'Wait for the number of seconds in `Retry-After`.',
  },
  'too-many-mails': {
    status: 429,
    title: 'Too many mails',
    description:
      'The account was sent a mail for the same purpose less than a minute ago, or the service has sent as many mails today as `MAILS_PER_DAY` allows.',
    resolution: 'Wait for the number of seconds in `Retry-After`.',
  },
  'too-many-new-items': {
    status: 429,
    title: 'Too many new items',
    description: 'The account created more items in a minute than the rate limit allows.',
    resolution: 'Wait for the number of seconds in `Retry-After`.',
  },
  'too-many-writes': {
    status: 429,
    title: 'Too many writes',
    description: 'The account changed, deleted or reported more in a minute than the rate limit allows.',
    resolution: 'Wait for the number of seconds in `Retry-After`.',
  },
  'new-account-limit': {
    status: 429,
    title: 'Limit of a new account reached',
    description: 'In its first 24 hours an account can have a limited number of items.',
    resolution: 'Wait for the number of seconds in `Retry-After`: until the account is 24 hours old.',
  },
  'internal-error': {
    status: 500,
    title: 'Internal error',
    description: 'The service failed unexpectedly.',
    resolution: 'Report the `request_id` to the operator of the service.',
  },
  'outcome-unknown': {
    status: 500,
    title: 'Write outcome unknown',
    description: 'The database was asked to write and its response was lost. It wrote everything or nothing.',
    resolution:
      'Check whether the change was made before you repeat the request. A request with an `Idempotency-Key` can be repeated as it is.',
  },
  'mail-not-configured': {
    status: 503,
    title: 'Mail is not configured',
    description:
      'This service sends no mail, so an address cannot be verified and a forgotten password cannot be reset.',
    resolution: 'Ask the operators of the service. It sends mail once `MAIL_FROM` and a transport are configured.',
  },
  unavailable: {
    status: 503,
    title: 'Service unavailable',
    description:
      'The database or the password hasher does not respond or is overloaded, or the service is not configured. Nothing was changed.',
    resolution: 'Try again later: after the number of seconds in `Retry-After` if the header is present.',
  },
} as const

export type Slug = keyof typeof PROBLEMS

export const isSlug = (name: string): name is Slug => Object.hasOwn(PROBLEMS, name)
