/** Public profiles. They are mounted after the fixed paths under `/users`. */
import { createRoute, z } from '@hono/zod-openapi'
import { readProfile } from '../accounts/account.ts'
import { MAX_USERNAME, StoredUsername } from '../accounts/username.ts'
import { jsonResponse, problemResponses, READ_PROBLEMS, requestOf, timestamp } from '../http/openapi.ts'
import { createRouter, MAX_ACCOUNT_BODY } from '../http/router.ts'
import { lazy } from '../lazy.ts'

const Profile = lazy(() =>
  z
    .object({ username: StoredUsername(), created_at: timestamp() })
    .openapi('Profile', { example: { username: '홍길동', created_at: '2026-11-22T09:30:00.000Z' } }),
)

const ProfileUsername = lazy(() =>
  z.strictObject({
    username: z.string().openapi({ example: '홍길동', maxLength: MAX_USERNAME, pattern: '^[^\\x00]+$' }),
  }),
)

export const profiles = createRouter({ maxBodyBytes: MAX_ACCOUNT_BODY }).openapi(
  createRoute({
    method: 'get',
    path: '/{username}',
    operationId: 'readProfile',
    tags: ['users'],
    summary: 'Read a public profile',
    description:
      'Usernames are compared without regard to case and width. The e-mail address is not part of the profile.',
    security: [],
    request: requestOf({ params: ProfileUsername }),
    responses: {
      200: jsonResponse(Profile, 'The public profile.'),
      ...problemResponses('not-found', ...READ_PROBLEMS),
    },
  }),
  async (c) => c.json(await readProfile(c.get('db'), c.req.valid('param').username), 200),
)
