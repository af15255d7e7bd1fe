/** What a response says: the data of a success, or the error. Whatever the service did not write is an error too. */
import { PosternError, type Problem } from './error.ts'
import type { Prepared } from './request.ts'

type Expected = Pick<Prepared, 'empty' | 'parseAs'>

/** The body of a success; null where it has none. Throws `PosternError`. */
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

/** A problem of the service has a relative type, the status of the response and an id; those of a proxy do not. */
function isProblemOf(response: Response, body: unknown): body is Problem {
  if (!isObject(body) || body.status !== response.status) return false
  if (typeof body.title !== 'string' || typeof body.request_id !== 'string') return false
  return typeof body.code === 'string' && body.type === `/problems/${body.code}`
}

const isJson = (response: Response) => /[/+]json *(;|$)/i.test(response.headers.get('Content-Type') ?? '')

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Undefined for what is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
