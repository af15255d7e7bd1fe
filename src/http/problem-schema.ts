/** The schemas of a problem in the OpenAPI document (RFC 9457). */
import { z } from '@hono/zod-openapi'
import { lazy } from '../lazy.ts'
import { text } from '../text.ts'

/** The maximum number of faults in a response, and of characters of a member name, so that responses stay small. */
export const MAX_FAULTS = 50
export const MAX_NAME = 100

export const ProblemTypeUri = () => z.string().openapi({ format: 'uri-reference', maxLength: 100 })
export const ProblemCode = () => z.string().openapi({ pattern: '^[a-z-]+$', maxLength: 50, example: 'invalid-input' })
export const ErrorStatus = () => z.int().min(400).max(599).openapi({ format: 'int32' })

const detail = () => text(1, 500)

const FaultSchema = () =>
  z
    .object({
      detail: detail(),
      pointer: z
        .string()
        .openapi({ format: 'uri-reference', maxLength: 1_000 })
        .optional()
        .openapi({ description: 'A JSON Pointer into the body (RFC 6901 §6). Present if the fault is in the body.' }),
      parameter: z.string().max(MAX_NAME).optional().openapi({
        description: 'The name of a parameter. Present if the fault is in the path, the query or a header.',
      }),
    })
    .openapi('Fault')

/** For the OpenAPI document only. Problems are not validated. */
export const ProblemSchema = lazy(() =>
  z
    .object({
      type: ProblemTypeUri().openapi({ description: 'Identifies the problem type. It is stable.' }),
      code: ProblemCode().openapi({ description: 'The last segment of `type`. Switch on this.' }),
      title: text(1, 100),
      status: ErrorStatus(),
      detail: detail().optional(),
      errors: z.array(FaultSchema()).max(MAX_FAULTS).optional().openapi({ description: 'Every fault of the input.' }),
      request_id: z.string().openapi({ pattern: '^[\\w=-]+$', maxLength: 64 }),
    })
    .openapi('Problem'),
)
