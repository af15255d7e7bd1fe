/** The requests and responses of the old recipe service's API, for the OpenAPI document. */
import { z } from 'zod'
import { integer } from '../http/openapi.ts'

/** What the INT columns of the old database held. */
const int32 = () => integer(-(2 ** 31), 2 ** 31 - 1)

export const Credentials = z.object({ email: z.string(), password: z.string() })
export const Registration = Credentials.extend({ username: z.string() })
export const RecipeBody = z.object({
  name: z.string(),
  description: z.string().nullable(),
  cook_time: int32().nullable(),
  directions: z.string().nullable(),
  num_of_servings: int32().nullable().optional(),
})
export const Page = z.object({ offset: z.int().min(0).optional(), limit: z.int().min(0).optional() })

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

export const Success = z.object({ result: z.literal('success') })
export const SignedIn = Success.extend({ access_token: z.string() })
export const Created = Success.extend({ recipe_id: id })
/** Both names of a list and of a recipe: clients of both years work. */
export const List = Success.extend({ count: z.int(), result_list: z.array(Recipe), items: z.array(Recipe) })
export const One = Success.extend({ info: Recipe, item: Recipe })

/** By media type: `msg` for an error of the token, `message` for a request that Flask itself refused, `error` otherwise. */
export const ERRORS = {
  'application/json': z.object({
    error: z.string().optional(),
    msg: z.string().optional(),
    message: z.string().optional(),
  }),
}
