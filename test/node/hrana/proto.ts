// The schemas of the requests of the protocol.

import { z } from 'zod'
import { Value } from './value.ts'

const Sql = { sql: z.string().nullish(), sql_id: z.int32().nullish() }

export const Stmt = z.object({
  ...Sql,
  args: z.array(Value).default([]),
  named_args: z.array(z.object({ name: z.string(), value: Value })).default([]),
  want_rows: z.boolean().nullish(),
})
export type Stmt = z.infer<typeof Stmt>

export type BatchCond =
  | { type: 'ok' | 'error'; step: number }
  | { type: 'not'; cond: BatchCond }
  | { type: 'and' | 'or'; conds: BatchCond[] }
  | { type: 'is_autocommit' }

const BatchCond: z.ZodType<BatchCond> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.object({ type: z.enum(['ok', 'error']), step: z.uint32() }),
    z.object({ type: z.literal('not'), cond: BatchCond }),
    z.object({ type: z.enum(['and', 'or']), conds: z.array(BatchCond) }),
    z.object({ type: z.literal('is_autocommit') }),
  ]),
)

export const Batch = z.object({
  steps: z.array(z.object({ condition: BatchCond.nullish(), stmt: Stmt })),
})
export type Batch = z.infer<typeof Batch>

export const StreamRequest = z.discriminatedUnion('type', [
  z.object({ type: z.literal('close') }),
  z.object({ type: z.literal('execute'), stmt: Stmt }),
  z.object({ type: z.literal('batch'), batch: Batch }),
  z.object({ type: z.literal('sequence'), ...Sql }),
  z.object({ type: z.literal('describe'), ...Sql }),
  z.object({ type: z.literal('store_sql'), sql_id: z.int32(), sql: z.string() }),
  z.object({ type: z.literal('close_sql'), sql_id: z.int32() }),
  z.object({ type: z.literal('get_autocommit') }),
])
export type StreamRequest = z.infer<typeof StreamRequest>

export const PipelineReqBody = z.object({
  baton: z.string().nullish(),
  requests: z.array(StreamRequest),
})
export type PipelineReqBody = z.infer<typeof PipelineReqBody>

/** The version of the protocol in the path. */
export type Version = 2 | 3
