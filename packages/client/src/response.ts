/** Reads a response: the data of a success, or the error. A response that is not from the service is an error. */
import { PosternError, type Problem } from './error.ts'
import type { Prepared } from './request.ts'

type Expected = Pick<Prepared, 'empty' | 'parseAs'>

/** The body of a success, or null without a body. Throws `PosternError`. */
export async function readResponse(response: Response, { empty, parseAs }: Expected): Promise<unknown> {
  if (response.status === 304) throw new PosternError('not-modified', response)
  if (!response.ok) throw await errorOf(response)
  if (response.status === empty?.status) return null
  const isExpected = isJson(response) && response.status !== 204 && (!empty || empty.orBody)
  if (!isExpected) throw new PosternError('bad-response', response)
  if (parseAs === 'blob') return response.blob()
  if (parseAs === 'stream') return response.body ?? Promise.reject(new PosternError('bad-response', response))
  const data = parse(await response.text())
  // Every success of the service is an object.
  if (!isObject(data)) throw new PosternError('bad-response', response)
  return data
}

async function errorOf(response: Response): Promise<PosternError> {
  const body = isJson(response) ? parse(await response.text()) : undefined
  return new PosternError(isProblemOf(response, body) ? body : 'bad-response', response)
}

/** Whether a body is a problem of the service: it has a relative type, the status of the response and an id. */
function isProblemOf(response: Response, body: unknown): body is Problem {
  if (!isObject(body) || body.status !== response.status) return false
  if (typeof body.title !== 'string' || typeof body.request_id !== 'string') return false
  return typeof body.code === 'string' && body.type === `/problems/${body.code}`
}

const isJson = (response: Response) => /[/+]json *(;|$)/i.test(response.headers.get('Content-Type') ?? '')

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Parses JSON. Undefined for other text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
