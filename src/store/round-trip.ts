/**
 * One round trip to the database. It is counted and timed, and retried after a failure if a repetition is harmless.
 *
 * Failures are classified by their messages and codes. Those of D1 are listed in
 * https://developers.cloudflare.com/d1/observability/debug-d1/#error-list; those of libSQL are SQLite's codes, the codes
 * of sqld, and the errors of HTTP.
 */
import type { LibsqlError } from '@libsql/client/http'

/** The number of round trips of a request, and their total time in milliseconds. */
export type QueryStats = { queries: number; milliseconds: number }

/** The classes of a failed round trip. */
export type Failure =
  /** Nothing was changed, and a retry may succeed soon. */
  | 'busy'
  /** Nothing was changed, and a retry would add to the load. */
  | 'overloaded'
  /** No response arrived: whether anything was changed is unknown. */
  | 'lost'

/** The database did not execute a statement for a reason other than the statement. */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable'
  readonly failure: Failure
  /** Whether the statements only read. */
  readonly readOnly: boolean

  constructor(failure: Failure, onlyReads: boolean, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.failure = failure
    this.readOnly = onlyReads
  }
}

/** A statement that changes nothing. */
export const isRead = (sql: string) => /^\s*select\b/i.test(sql)

/** Sends statements. Throws `DatabaseUnavailable`, or the database's own error for a statement that it refused. */
export async function roundTrip<T>(queryStats: QueryStats, onlyReads: boolean, send: () => Promise<T>): Promise<T> {
  for (let attempt = 0, first = Date.now(); ; attempt++) {
    const start = Date.now()
    queryStats.queries++
    try {
      return await send()
    } catch (error) {
      const failure = classify(error)
      if (!failure) throw error
      const canRetry = failure === 'busy' || (failure === 'lost' && onlyReads)
      if (!canRetry || !(await waitBeforeRetry(attempt, first))) {
        throw new DatabaseUnavailable(failure, onlyReads, error)
      }
    } finally {
      queryStats.milliseconds += Date.now() - start
    }
  }
}

/** Runs an idempotent write and repeats it if its response was lost. */
export async function retryIdempotent<T>(write: () => Promise<T>): Promise<T> {
  for (let attempt = 0, first = Date.now(); ; attempt++) {
    try {
      return await write()
    } catch (error) {
      const isLost = findDatabaseUnavailable(error)?.failure === 'lost'
      if (!isLost || !(await waitBeforeRetry(attempt, first))) throw error
    }
  }
}

/** The time after the first attempt in which a retry can start, in milliseconds. */
const RETRY_BUDGET = 2_000

/** The first and the longest delay before a retry, in milliseconds. The delay is a random part of it (full jitter). */
const [FIRST_DELAY, MAX_DELAY] = [50, 800]

/** Waits before a retry. Returns false at once if the retry would start too late after the first attempt. */
async function waitBeforeRetry(attempt: number, first: number): Promise<boolean> {
  const delay = Math.random() * Math.min(FIRST_DELAY * 2 ** attempt, MAX_DELAY)
  if (Date.now() + delay > first + RETRY_BUDGET) return false
  await scheduler.wait(delay)
  return true
}

/** The `DatabaseUnavailable` in an error or in its causes, because Drizzle wraps errors. */
export function findDatabaseUnavailable(error: unknown): DatabaseUnavailable | null {
  if (error instanceof DatabaseUnavailable) return error
  return error instanceof Error && error.cause !== undefined ? findDatabaseUnavailable(error.cause) : null
}

const D1_LOST =
  /network connection lost|caused object to be reset|code was updated|limit and was reset|transient issue|client disconnected/i

/** By name: `instanceof` would load the client with the Worker. */
const isLibsqlError = (error: unknown): error is LibsqlError =>
  error instanceof Error && /^Libsql(Batch)?Error$/.test(error.name) && 'code' in error

/** Null if the database received the statement and refused it. */
function classify(error: unknown): Failure | null {
  if (isLibsqlError(error)) return classifyLibsql(error)
  const message = error instanceof Error ? error.message : ''
  if (/is overloaded|requests? queued/i.test(message)) return 'overloaded'
  // Errors of D1 itself have this prefix; all others are errors of the connection.
  return message.startsWith('D1_') && !D1_LOST.test(message) ? null : 'lost'
}

/** The transaction was not started, or it was rolled back: its stream ended, or it held the lock for 5 seconds. */
const LIBSQL_BUSY = /^(SQLITE_(BUSY|LOCKED)|TRANSACTION_(BUSY|TIMEOUT)|STREAM_EXPIRED|BATON_)/

/** The results of all connections are too large at the moment, or the quota blocks the database. */
const LIBSQL_OVERLOADED = /^(RESPONSE_TOO_LARGE|BLOCKED)$/

/** The connection or the server failed. */
const LIBSQL_CONNECTION = /^(SERVER_ERROR|INTERNAL_ERROR|UNKNOWN|HRANA_\w+)$/

function classifyLibsql({ code, cause }: LibsqlError): Failure | null {
  if (LIBSQL_BUSY.test(code)) return 'busy'
  if (LIBSQL_OVERLOADED.test(code)) return 'overloaded'
  if (!LIBSQL_CONNECTION.test(code)) return null
  const status = cause instanceof Error && 'status' in cause ? Number(cause.status) : 500
  // With 4xx the server did nothing. With 5xx a gateway may have lost the response of the server.
  return status < 500 ? 'overloaded' : 'lost'
}
