/** The signed-in user's own account. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { readMe } from '../account.ts'
import { signedIn } from '../auth.ts'
import type { AppEnv } from '../env.ts'
import { answer, problems } from '../openapi.ts'

export const Me = z
  .object({
    id: z.int(),
    username: z.string(),
    email: z.string(),
    created_at: z.iso.datetime({ precision: 3 }),
    updated_at: z.iso.datetime({ precision: 3 }),
  })
  .openapi('Me', {
    example: {
      id: 1,
      username: '홍길동',
      email: 'hong@example.com',
      created_at: '2026-11-22T09:30:00.000Z',
      updated_at: '2026-11-22T09:30:00.000Z',
    },
  })

export const me = new OpenAPIHono<AppEnv>().openapi(
  createRoute({
    method: 'get',
    path: '/',
    operationId: 'readMe',
    tags: ['me'],
    summary: 'My account',
    ...signedIn,
    responses: { 200: answer(Me, 'The account.'), ...problems('unauthenticated', 'invalid-token') },
  }),
  async (c) => c.json(await readMe(c.get('db'), c.get('viewer')), 200),
)
