/** The requests and responses of the old recipe service's API, for the OpenAPI document: created at its first request. */
import { z } from 'zod'
import { integer } from '../http/openapi.ts'
import { lazy } from '../lazy.ts'

export const Credentials = lazy(() => z.object({ email: z.string(), password: z.string() }))

export const schemas = lazy(() => {
  /** What the INT columns of the old database held. */
  const int32 = () => integer(-(2 ** 31), 2 ** 31 - 1)

  const Registration = Credentials().extend({ username: z.string() })
  const RecipeBody = z.object({
    name: z.string(),
    description: z.string().nullable(),
    cook_time: int32().nullable(),
    directions: z.string().nullable(),
    num_of_servings: int32().nullable().optional(),
  })
  const Page = z.object({ offset: z.int().min(0).optional(), limit: z.int().min(0).optional() })

  const time = z.string().openapi({ example: '2026-11-25T07:17:29' })
  const id = z.int().openapi({ format: 'int64' })

  const Recipe = z.object({
    id,
    name: z.string(),
    description: z.string().nullable(),
    num_of_servings: z.int().nullable(),
    cook_time: z.int().nullable(),
    directions: z.string().nullable(),
    is_publish: z.int().min(0).max(1),
    created_at: time,
    updated_at: time,
    user_id: id,
  })

  const Success = z.object({ result: z.literal('success') })
  const SignedIn = Success.extend({ access_token: z.string() })
  const Created = Success.extend({ recipe_id: id })
  /** Both names of a list and of a recipe: clients of both years work. */
  const List = Success.extend({ count: z.int(), result_list: z.array(Recipe), items: z.array(Recipe) })
  const One = Success.extend({ info: Recipe, item: Recipe })

  /** By media type: `msg` for an error of the token, `message` for a request that Flask itself refused, `error` otherwise. */
  const errors = {
    'application/json': z.object({
      error: z.string().optional(),
      msg: z.string().optional(),
      message: z.string().optional(),
    }),
  }
  return { Registration, RecipeBody, Page, Success, SignedIn, Created, List, One, errors }
})
