/**
 * The registry of problem types: what the renderer answers, what the document says of each route, and what
 * `/problems/{slug}` tells about each.
 */

/** By slug: the status, the title, what it means and what to do about it. A slug never changes its meaning. */
export const PROBLEMS = {
  'malformed-json': {
    status: 400,
    title: 'The body is not JSON',
    meaning: 'The body is missing, is not one JSON value (RFC 8259) in UTF-8, or has a member twice in an object.',
    remedy: 'Send one JSON value in UTF-8, without a byte order mark, each member once.',
  },
  unauthenticated: {
    status: 401,
    title: 'This needs a signed-in user',
    meaning: 'The request carries no access token, and what it asks for is not for everybody.',
    remedy: 'Sign in, and send the access token as `Authorization: Bearer <access_token>`.',
  },
  'invalid-token': {
    status: 401,
    title: 'The access token does not hold',
    meaning: 'The access token is expired, its session is over, or it is none of this service.',
    remedy: 'Exchange the refresh token for a new pair; where that fails, sign in again.',
  },
  'invalid-credentials': {
    status: 401,
    title: 'These credentials do not fit',
    meaning: 'No account has this name and this password. Which of them is wrong is not said.',
    remedy: 'Check the name and the password.',
  },
  'invalid-refresh-token': {
    status: 401,
    title: 'The refresh token does not hold',
    meaning: 'It was used before, or its session is over: a session ends 30 days after sign-in at the latest.',
    remedy: 'Sign in again.',
  },
  'wrong-password': {
    status: 403,
    title: 'That is not the current password',
    meaning: 'What was asked for needs the password once more, and the one that was sent is wrong.',
    remedy: 'Send the password that one signs in with.',
  },
  'origin-not-allowed': {
    status: 403,
    title: 'Pages of this origin may not do that',
    meaning: 'A session that a cookie carries is used only by pages of the origins in `ALLOWED_ORIGINS`.',
    remedy: 'Call it from a listed page, or keep the refresh token yourself and send it in the body.',
  },
  forbidden: {
    status: 403,
    title: 'This is another’s',
    meaning: 'The item is there to be seen, and only its author can change it.',
    remedy: 'Sign in as its author.',
  },
  'not-found': {
    status: 404,
    title: 'There is nothing here',
    meaning: 'The path leads nowhere, or to what the signed-in user may not know of.',
    remedy: 'Check the path; none ends in a slash.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This resource does not know that method',
    meaning: 'The path is right and the method is not.',
    remedy: 'Use one of the methods in the `Allow` header.',
  },
  'username-taken': {
    status: 409,
    title: 'The username is taken',
    meaning: 'Another account has this username. Case and spelling variants of a name are one name.',
    remedy: 'Choose another.',
  },
  'email-taken': {
    status: 409,
    title: 'The e-mail address is taken',
    meaning: 'Another account has this e-mail address.',
    remedy: 'Sign in to the account that has it, or use another.',
  },
  'version-conflict': {
    status: 412,
    title: 'It was changed meanwhile',
    meaning: 'The item is no longer in the version that `If-Match` names, and nothing was done.',
    remedy: 'Read it again, and send the change with the `ETag` it has now as `If-Match`.',
  },
  'content-too-large': {
    status: 413,
    title: 'The body is too large',
    meaning: 'The body has more bytes than this route takes; `detail` says how many it does.',
    remedy: 'Send less.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body has to be application/json',
    meaning: 'The body is of another media type, of none, or of another encoding than UTF-8.',
    remedy: 'Send `Content-Type: application/json`.',
  },
  'invalid-input': {
    status: 422,
    title: 'The input breaks a rule',
    meaning: 'The input was understood, and some of it is not allowed. `errors` names every fault at once.',
    remedy: 'Mend what `errors` names: a JSON Pointer into the body, or a parameter.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The key was used for another request',
    meaning: 'Within the last day this `Idempotency-Key` was sent with another path or body.',
    remedy: 'Use a new `Idempotency-Key` for each request that differs.',
  },
  'too-many-guesses': {
    status: 429,
    title: 'Too many wrong passwords; wait',
    meaning: 'Wrong passwords were tried ten times or more in a row. Sessions that live are not touched.',
    remedy: 'Wait as many seconds as `Retry-After` says.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests; wait',
    meaning: 'More requests came from this address than are let through.',
    remedy: 'Wait as many seconds as `Retry-After` says.',
  },
  'internal-error': {
    status: 500,
    title: 'Something went wrong here',
    meaning: 'The service failed at something that it should be able to do.',
    remedy: 'Tell the `request_id` to whoever runs the service.',
  },
  'outcome-unknown': {
    status: 500,
    title: 'Whether it was done is not known',
    meaning: 'The store was asked to write, and its answer was lost. It wrote all of it or nothing.',
    remedy: 'Look before you send it again. With an `Idempotency-Key` it can be sent again as it is.',
  },
  unavailable: {
    status: 503,
    title: 'The service cannot answer now',
    meaning: 'The store does not answer or has too much to do, or the service is not set up. Nothing was changed.',
    remedy: 'Try again later: after the seconds in `Retry-After`, where it is there.',
  },
} as const

export type Slug = keyof typeof PROBLEMS

export const isSlug = (name: string): name is Slug => Object.hasOwn(PROBLEMS, name)
