/** Sends a request with a timeout, and repeats it after `Retry-After`. */
import { PosternError } from './error.ts'
import type { Prepared } from './request.ts'
import { readResponse } from './response.ts'

/** The function that sends requests. */
export type Fetch = (request: Request) => Promise<Response>

export type Exchanged = { data: unknown; response: Response }

/** Sends a call once and reads the response. Throws `PosternError`. */
export async function exchange(fetch: Fetch, call: Prepared, token?: string): Promise<Exchanged> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), call.timeout)
  const signal = call.signal ? AbortSignal.any([call.signal, deadline.signal]) : deadline.signal
  const request = requestOf(call, signal, token)
  try {
    // A custom `fetch` may ignore the signal.
    return await race(signal, read(fetch, request, call))
  } catch (error) {
    if (error instanceof PosternError) throw error
    const code = call.signal?.aborted ? 'aborted' : deadline.signal.aborted ? 'timeout' : 'network'
    throw new PosternError(code, undefined, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

async function read(fetch: Fetch, request: Request, call: Prepared): Promise<Exchanged> {
  const response = await fetch(request)
  return { data: await readResponse(response, call), response }
}

function requestOf({ method, url, headers, body, withCookies }: Prepared, signal: AbortSignal, token?: string) {
  const request = new Request(url, {
    method,
    headers,
    signal,
    ...(body !== undefined && { body }),
    // Some platforms do not support `credentials`.
    ...(withCookies && { credentials: 'include' as const }),
  })
  if (token !== undefined) request.headers.set('Authorization', `Bearer ${token}`)
  return request
}

/** The maximum number of repetitions of a call, and the maximum wait before each in milliseconds. */
const REPEATS = 2
const LONGEST_WAIT = 10_000

/** Sends a call. Repeats it after `Retry-After` if a repetition has no second effect. */
export async function withRetries<T>(call: Prepared, work: () => Promise<T>): Promise<T> {
  for (let repeats = 0; ; repeats++) {
    try {
      return await work()
    } catch (error) {
      const wait = waitAfter(error, call)
      if (wait === undefined || wait > LONGEST_WAIT || repeats >= REPEATS) throw error
      await sleep(wait, call.signal)
    }
  }
}

/** The time until a call can be repeated, in milliseconds. Undefined if it must not be repeated. */
function waitAfter(error: unknown, { method, headers }: Prepared): number | undefined {
  if (!(error instanceof PosternError)) return undefined
  const isKeyed = headers.has('Idempotency-Key')
  // The write happened completely or not at all, and with the same key it happens once.
  if (error.code === 'outcome-unknown') return isKeyed ? 1000 : undefined
  if (error.status !== 429 && error.status !== 503) return undefined
  // The user waits in front of a form and must see the error.
  if (error.code === 'too-many-login-attempts') return undefined
  // After these problems nothing was changed. After a response of a gateway something may have been changed.
  const isUndone = error.code === 'too-many-requests' || error.code === 'unavailable'
  const isSafe = isUndone || isKeyed || method === 'GET' || method === 'PUT' || method === 'DELETE'
  return isSafe ? retryAfter(error.response) : undefined
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfter(response: Response | undefined): number | undefined {
  const value = response?.headers.get('Retry-After')?.trim()
  if (!value) return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const time = Date.parse(value)
  return Number.isNaN(time) ? undefined : Math.max(0, time - Date.now())
}

async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    await untilAborted(
      signal,
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, milliseconds)
      }),
    )
  } finally {
    clearTimeout(timer)
  }
}

/** Resolves as the promise. Throws `PosternError` (`aborted`) if the caller aborts first. */
export async function untilAborted<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> {
  try {
    return await race(signal, promise)
  } catch (error) {
    if (error instanceof PosternError || !signal?.aborted) throw error
    throw new PosternError('aborted', undefined, { cause: error })
  }
}

/** Resolves as the promise. Throws the reason of the signal if it is aborted first. */
async function race<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> {
  if (!signal) return promise
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
    // A later rejection of the promise is ignored.
    promise.catch(() => {})
  }
}
