/** The error of a failed request: a problem of the service, or a failure of the connection. */
import type { ProblemCode } from './operations.ts'
import type { components } from './schema.ts'

export type { ProblemCode }

/** The body of an error response of the service (RFC 9457). */
export type Problem = Omit<components['schemas']['Problem'], 'code'> & { code: ProblemCode }

/**
 * Codes of failures without a problem of the service: no response (`network`), no response in time (`timeout`), aborted by
 * the caller (`aborted`), a response that is not from the service (`bad-response`), or a 304 (`not-modified`).
 */
export type FailureCode = 'network' | 'timeout' | 'aborted' | 'bad-response' | 'not-modified'

/** A newer service can send a `code` that these types do not list: give a `switch` a `default`. */
export type ErrorCode = ProblemCode | FailureCode

const MESSAGES: Record<FailureCode, string> = {
  network: 'The service was not reached.',
  timeout: 'The service did not respond in time.',
  aborted: 'The request was aborted.',
  'bad-response': 'The response is not one of the service.',
  'not-modified': 'Not modified.',
}

/** The error of a result. It has the members of the problem if the service sent one. */
export class PosternError extends Error {
  override readonly name = 'PosternError'
  readonly code: ErrorCode
  /** The status of the response. Undefined without a response. */
  readonly status: number | undefined
  readonly response: Response | undefined
  readonly type: string | undefined
  readonly title: string
  readonly detail: string | undefined
  readonly errors: Problem['errors']
  readonly request_id: string | undefined

  constructor(from: Problem | FailureCode, response?: Response, options?: ErrorOptions) {
    const problem = typeof from === 'string' ? undefined : from
    const title = typeof from === 'string' ? MESSAGES[from] : from.title
    super(problem?.detail ?? title, options)
    this.code = typeof from === 'string' ? from : from.code
    this.status = response?.status
    this.response = response
    this.type = problem?.type
    this.title = title
    this.detail = problem?.detail
    this.errors = problem?.errors
    this.request_id = problem?.request_id
  }
}

/** A `PosternError` that the service sent. */
export type ProblemError<Code extends ProblemCode = ProblemCode> = PosternError & { code: Code; status: number }

/** Whether the service sent this error, and with this code if one is passed. */
export function isProblem<Code extends ProblemCode = ProblemCode>(
  error: unknown,
  code?: Code,
): error is ProblemError<Code> {
  return error instanceof PosternError && error.type !== undefined && (code === undefined || error.code === code)
}

/** The input fields of problems without `errors`. */
const FIELD_OF: Partial<Record<ErrorCode, string>> = {
  'username-taken': 'username',
  'email-taken': 'email',
  'wrong-password': 'current_password',
}

/**
 * The messages of an error by input field: `{ email: ['…'] }`. The name of a nested field is its path (`ingredients.0`),
 * and that of the whole body is empty.
 */
export function fieldErrors(error: unknown): Record<string, string[]> {
  const fields = new Map<string, string[]>()
  const add = (field: string, message: string) => fields.set(field, [...(fields.get(field) ?? []), message])
  if (!(error instanceof PosternError)) return {}
  for (const fault of error.errors ?? []) add(fieldOf(fault), fault.detail)
  const field = FIELD_OF[error.code]
  if (field !== undefined && fields.size === 0) add(field, error.message)
  return Object.fromEntries(fields)
}

/** RFC 6901 §6: a JSON Pointer in URI fragment form, or the name of a parameter. */
function fieldOf(fault: { pointer?: string | undefined; parameter?: string | undefined }): string {
  if (fault.pointer === undefined) return fault.parameter ?? ''
  const steps = fault.pointer.replace(/^#/, '').split('/').slice(1)
  return steps.map((step) => decode(step).replaceAll('~1', '/').replaceAll('~0', '~')).join('.')
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    return step
  }
}
