// The HTTP layer of the server: routes, responses and errors.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Databases } from './database.ts'
import { ProtocolError } from './errors.ts'
import { Response } from './limits.ts'
import type { Total } from './limits.ts'
import { parsePipeline, runPipeline } from './pipeline.ts'

const maxBodyBytes = 10 * 1024 * 1024
const route = /^(?:\/(?<name>[A-Za-z0-9_-]{1,64}))?\/v(?<version>[23])(?<pipeline>\/pipeline)?$/

/** A string body is sent as plain text, any other body as JSON. */
type Reply = { status: number; body: unknown }

const notFound: Reply = { status: 404, body: { message: 'Not found' } }
const tooLarge: Reply = { status: 413, body: { message: `The request body is larger than ${maxBodyBytes} bytes` } }
// sqld sends the message as `error` here, so the client reports only the status
const unauthorized: Reply = { status: 401, body: { error: 'Authentication failed' } }

/** The database that accepts requests and never responds. */
export const SILENT = 'never-responds'

const until = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('the client has disconnected')))
  })

const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = []
  let size = 0
  // read to the end even if it is too large: a client that is still sending would not see the response
  for await (const chunk of request.iterator()) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('the body is not read as bytes')
    size += chunk.length
    if (size <= maxBodyBytes) chunks.push(chunk)
  }
  return size <= maxBodyBytes ? Buffer.concat(chunks) : undefined
}

const replyTo = async (
  databases: Databases,
  authToken: string | undefined,
  request: IncomingMessage,
  signal: AbortSignal,
  sent: Response,
): Promise<Reply> => {
  if (authToken !== undefined && request.headers.authorization !== `Bearer ${authToken}`) return unauthorized
  const [path = ''] = (request.url ?? '').split('?')
  const groups = route.exec(path)?.groups
  if (groups === undefined) return notFound
  if (groups['pipeline'] === undefined) {
    return request.method === 'GET' ? { status: 200, body: { message: 'Hrana over HTTP' } } : notFound
  }
  if (request.method !== 'POST') return notFound
  if (groups['name'] === SILENT) return until(signal)
  const database = databases.get(groups['name'] ?? 'default')
  database.requests++
  const body = await readBody(request)
  if (body === undefined) return tooLarge
  const version = groups['version'] === '2' ? 2 : 3
  return { status: 200, body: await runPipeline(database.streams, parsePipeline(body), version, signal, sent) }
}

const failure = (error: unknown): Reply => {
  if (error instanceof ProtocolError) return { status: 400, body: error.message }
  return { status: 500, body: { message: String(error), code: 'INTERNAL_ERROR' } }
}

export const serve = async (
  databases: Databases,
  authToken: string | undefined,
  total: Total,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const gone = new AbortController()
  const sent = new Response(total)
  response.once('close', () => {
    gone.abort()
    sent.sent()
  })
  const { status, body } = await replyTo(databases, authToken, request, gone.signal, sent).catch(failure)
  if (response.destroyed) return sent.sent()
  const [type, text] = typeof body === 'string' ? ['text/plain', body] : ['application/json', JSON.stringify(body)]
  response.writeHead(status, { 'content-type': type })
  response.end(text)
}
