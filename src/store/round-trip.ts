/**
 * One round trip to the store: counted, timed, and made again where it failed and a repetition does no harm.
 *
 * What has failed is known only by what the error says. D1's errors are those of
 * https://developers.cloudflare.com/d1/observability/debug-d1/#error-list; libSQL's are SQLite's codes, those of its
 * streams, and whatever HTTP does.
 */
import { LibsqlError } from '@libsql/client/web'

/** How many round trips a request has made, and how many milliseconds they took. */
export type QueryStats = { queries: number; milliseconds: number }

/** What is known of a round trip that failed. */
export type Failure =
  /** Nothing was done, and a moment later it may be. */
  | 'busy'
  /** Nothing was done, and to ask again would make it worse. */
  | 'overloaded'
  /** The answer was lost: whether it was done is not known. */
  | 'lost'

/** The store did not do what it was asked, and that is not the fault of what it was asked. */
export class DatabaseUnavailable extends Error {
  override name = 'Outage'
  readonly failure: Failure
  /** Whether the store was only asked to read. */
  readonly readOnly: boolean

  constructor(failure: Failure, onlyReads: boolean, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.failure = failure
    this.readOnly = onlyReads
  }
}

/** A statement that changes nothing. */
export const isRead = (sql: string) => /^\s*select\b/i.test(sql)

/** Sends something to the store. Throws an `Outage`, or what the store says of a statement that is wrong. */
export const roundTrip = <T>(queryStats: QueryStats, onlyReads: boolean, send: () => Promise<T>): Promise<T> =>
  retry(
    async () => {
      const start = Date.now()
      queryStats.queries++
      try {
        return await send()
      } catch (error) {
        const failure = classify(error)
        throw failure ? new DatabaseUnavailable(failure, onlyReads, error) : error
      } finally {
        queryStats.milliseconds += Date.now() - start
      }
    },
    ({ failure }) => failure === 'busy' || (failure === 'lost' && onlyReads),
  )

/** Runs a write that changes nothing when it is repeated: again, where its answer was lost. */
export const retryIdempotent = <T>(write: () => Promise<T>): Promise<T> =>
  retry(write, ({ failure }) => failure === 'lost')

/** For so long after the first try another is made, in milliseconds. */
const RETRY_BUDGET = 2_000

/** The first and the longest pause between two tries, in milliseconds: each is a random part of it (full jitter). */
const [FIRST_DELAY, MAX_DELAY] = [50, 800]

async function retry<T>(send: () => Promise<T>, canRetry: (outage: DatabaseUnavailable) => boolean): Promise<T> {
  const deadline = Date.now() + RETRY_BUDGET
  for (let tries = 0; ; tries++) {
    try {
      return await send()
    } catch (error) {
      const outage = findDatabaseUnavailable(error)
      const pause = Math.random() * Math.min(FIRST_DELAY * 2 ** tries, MAX_DELAY)
      if (!outage || !canRetry(outage) || Date.now() + pause > deadline) throw error
      await scheduler.wait(pause)
    }
  }
}

/** The outage behind an error, which the query builder may have wrapped. */
export function findDatabaseUnavailable(error: unknown): DatabaseUnavailable | null {
  if (error instanceof DatabaseUnavailable) return error
  return error instanceof Error && error.cause !== undefined ? findDatabaseUnavailable(error.cause) : null
}

const D1_LOST =
  /network connection lost|caused object to be reset|code was updated|limit and was reset|transient issue|client disconnected/i

/** Null for what is no outage: a statement that the store understood and refused. */
function classify(error: unknown): Failure | null {
  if (error instanceof LibsqlError) return classifyLibsql(error)
  const message = error instanceof Error ? error.message : ''
  if (/is overloaded|requests? queued/i.test(message)) return 'overloaded'
  // What the store itself says begins so; anything else is what became of the way there or back.
  return message.startsWith('D1_') && !D1_LOST.test(message) ? null : 'lost'
}

function classifyLibsql({ code, cause }: LibsqlError): Failure | null {
  // A stream that is over has done nothing of what came after its end.
  if (/^(SQLITE_(BUSY|LOCKED)|STREAM_EXPIRED|BATON_)/.test(code)) return 'busy'
  if (!/^(SERVER_ERROR|INTERNAL_ERROR|UNKNOWN|HRANA_\w+)$/.test(code)) return null
  const status = cause instanceof Error && 'status' in cause ? Number(cause.status) : 500
  // A server that refuses does nothing; a gateway speaks for one that it did not hear.
  return status < 500 ? 'overloaded' : 'lost'
}
