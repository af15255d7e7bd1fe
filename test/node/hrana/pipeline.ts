// `pipeline`: the requests of one HTTP request, run in order on one stream.

import { executeBatch, executeSequence } from './batch.ts'
import type { BatchResult } from './batch.ts'
import { errorBody, ProtocolError, ResponseError } from './errors.ts'
import type { ErrorBody } from './errors.ts'
import type { Response } from './limits.ts'
import { PipelineReqBody } from './proto.ts'
import type { StreamRequest, Version } from './proto.ts'
import { execute, sqlOf, toQuery } from './statement.ts'
import type { StmtResult } from './statement.ts'
import type { Stream, Streams } from './stream.ts'

type StreamResponse =
  | { type: 'close' | 'sequence' | 'store_sql' | 'close_sql' }
  | { type: 'execute'; result: StmtResult }
  | { type: 'batch'; result: BatchResult }
  | { type: 'get_autocommit'; is_autocommit: boolean }

type StreamResult = { type: 'ok'; response: StreamResponse } | { type: 'error'; error: ErrorBody }

export type PipelineRespBody = { baton: string | null; base_url: null; results: StreamResult[] }

export const parsePipeline = (body: Uint8Array): PipelineReqBody => {
  try {
    return PipelineReqBody.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)))
  } catch (error) {
    // also a RangeError of a condition that is nested deeper than the stack
    throw new ProtocolError(`Could not deserialize JSON request body: ${String(error)}`)
  }
}

const respond = async (
  stream: Stream,
  request: StreamRequest,
  version: Version,
  signal: AbortSignal,
  response: Response,
): Promise<StreamResponse> => {
  const { type } = request
  switch (type) {
    case 'close':
      stream.close()
      return { type }
    case 'execute': {
      const query = toQuery(request.stmt, stream.sqls)
      return { type, result: await execute(stream.connection, query, signal, response.allow()) }
    }
    case 'batch': {
      const { connection, sqls } = stream
      return { type, result: await executeBatch(connection, request.batch, sqls, version, signal, response) }
    }
    case 'sequence':
      await executeSequence(stream.connection, sqlOf(request, stream.sqls), signal)
      return { type }
    case 'describe':
      // the result must state whether a statement only reads, which the engine does not report
      throw new ResponseError('The `describe` request is not supported by this server', 'NOT_SUPPORTED')
    case 'store_sql':
      stream.storeSql(request.sql_id, request.sql)
      return { type }
    case 'close_sql':
      stream.sqls.delete(request.sql_id)
      return { type }
    case 'get_autocommit':
      if (version >= 3) return { type, is_autocommit: stream.connection.isAutocommit }
      throw new ProtocolError('The `get_autocommit` request is only supported in protocol version hrana3 and higher')
  }
}

/** The signal is aborted when the client disconnects: nobody then receives the next baton of the stream. */
export const runPipeline = async (
  streams: Streams,
  body: PipelineReqBody,
  version: Version,
  signal: AbortSignal,
  response: Response,
): Promise<PipelineRespBody> => {
  const stream = streams.acquire(body.baton ?? null)
  try {
    const results: StreamResult[] = []
    for (const request of body.requests) {
      try {
        results.push({ type: 'ok', response: await respond(stream, request, version, signal, response) })
      } catch (error) {
        if (!(error instanceof ResponseError)) throw error
        results.push({ type: 'error', error: errorBody(error) })
      }
    }
    signal.throwIfAborted()
    return { baton: streams.release(stream), base_url: null, results }
  } catch (error) {
    streams.drop(stream)
    throw error
  }
}
