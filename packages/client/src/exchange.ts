/** One request and its response, in time, and again after a wait that the service asks for. */
import { PosternError } from './error.ts'
import type { Prepared } from './request.ts'
import { readResponse } from './response.ts'

/** What requests are sent with. */
export type Fetch = (request: Request) => Promise<Response>

export type Exchanged = { data: unknown; response: Response }

/** Sends a call once and reads the response. Throws `PosternError`. */
export async function exchange(fetch: Fetch, call: Prepared, token?: string): Promise<Exchanged> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), call.timeout)
  const signal = call.signal ? AbortSignal.any([call.signal, deadline.signal]) : deadline.signal
  const request = requestOf(call, signal, token)
  try {
    // A `fetch` of the caller's own may not know signals.
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
    // Not every platform knows `credentials`.
    ...(withCookies && { credentials: 'include' as const }),
  })
  if (token !== undefined) request.headers.set('Authorization', `Bearer ${token}`)
  return request
}

/** How often a call is repeated, and what it waits for at most each time, in milliseconds. */
const REPEATS = 2
const LONGEST_WAIT = 10_000

/** Does what a call asks for, and repeats it where the service says when and a repetition does nothing twice. */
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

/** Milliseconds until a call may be repeated; undefined where it may not be. */
function waitAfter(error: unknown, { method, headers }: Prepared): number | undefined {
  if (!(error instanceof PosternError)) return undefined
  const isKeyed = headers.has('Idempotency-Key')
  // The service wrote all of it or nothing, and the key tells which.
  if (error.code === 'outcome-unknown') return isKeyed ? 1000 : undefined
  if (error.status !== 429 && error.status !== 503) return undefined
  // Somebody waits in front of a form, and has to be told.
  if (error.code === 'too-many-login-attempts') return undefined
  // After these the service has done nothing; after another's response it may have.
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

/** What a promise resolves to, unless the caller aborts first: then throws `PosternError` (`aborted`). */
export async function untilAborted<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> {
  try {
    return await race(signal, promise)
  } catch (error) {
    if (error instanceof PosternError || !signal?.aborted) throw error
    throw new PosternError('aborted', undefined, { cause: error })
  }
}

/** What a promise resolves to, unless the signal is aborted first: then throws its reason. */
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
    // Whatever comes of it now, nobody waits for it.
    promise.catch(() => {})
  }
}
