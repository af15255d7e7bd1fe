/** The requests and responses of the old board's API, for the OpenAPI document: created at its first request. */
import { z } from 'zod'
import { lazy } from '../lazy.ts'

export const schemas = lazy(() => {
  const time = z.string().openapi({ example: '2026-11-25T07:17:29' })
  const id = z.int().openapi({ format: 'int64' })

  const User = z.object({ created: time, id, user_email: z.string(), user_id: z.string() })

  const SignedIn = z.object({ access_token: z.string(), user: id })

  const Post = z.object({
    author: User.omit({ user_email: true }),
    author_id: z.string(),
    body: z.string(),
    created: time,
    id,
    title: z.string(),
  })

  /** The list without posts is an error of its own: 404 with an empty array. */
  const NoPosts = z.array(Post).max(0)

  /** By media type. Without a valid token the body is empty. A missing post is 404 with `{}`. */
  const errors = {
    'application/json': z.object({
      message: z.string().optional(),
      errors: z.record(z.string(), z.string()).optional(),
      error: z.string().optional(),
      type: z.literal('IntegrityError').optional(),
    }),
    'text/html': z.string().max(0),
  }
  return { User, SignedIn, Post, NoPosts, errors }
})
