/** A database with injected faults: an error at a statement, or a lost response. */
import { env as bindings } from 'cloudflare:workers'

/**
 * A fault: the statement that fails, or the round trip whose response is lost, both counted from one; or the error that
 * some round trips get instead of a response, with or without the effect of their statements.
 */
export type Fault =
  | { statement: number }
  | { lostResponse: number }
  | { instead: (requests: string[]) => unknown; times: number; isDone: boolean; after?: number }

type Run = { fault: Fault | null; statements: number; trips: number }

/** The statement fails after it has written a row, which the engine must roll back. */
const FAILS = `insert into login_attempts (subject, failures, failed_at, retry_at, nonce)
  select 'half of a failing statement', 1, 1, 1, '' union all select 'the other half', json('{'), 1, 1, ''`

let running: Run | null = null

/** The result of `work` with the fault, and the number of statements and round trips. */
export async function withFault<T>(fault: Fault | null, work: () => Promise<T>) {
  const run: Run = { fault, statements: 0, trips: 0 }
  running = run
  try {
    const result = await work()
    return { result, statements: run.statements, trips: run.trips }
  } finally {
    running = null
  }
}

/**
 * One round trip of `count` statements. `send` gets the index of the statement that has to fail, or -1. `requests` are
 * the types of the requests of a Hrana pipeline.
 */
async function trip<T>(count: number, send: (failing: number) => Promise<T>, requests: string[] = []): Promise<T> {
  if (!running) return send(-1)
  const { fault, statements } = running
  running.statements += count
  running.trips++
  const { after = 0, times = 0 } = fault !== null && 'instead' in fault ? fault : {}
  if (fault !== null && 'instead' in fault && running.trips > after && running.trips <= after + times) {
    if (fault.isDone) await send(-1)
    // The replacement for a response: an error to throw, or an HTTP response.
    return fault.instead(requests) as T
  }
  const isLost = fault !== null && 'lostResponse' in fault && fault.lostResponse === running.trips
  const result = await send(fault !== null && 'statement' in fault ? fault.statement - statements - 1 : -1)
  if (isLost) throw new TypeError('The response of the database was lost.')
  return result
}

/** The D1 binding with faults. */
export function faultyD1(db: D1Database): D1Database {
  const watch = (statement: D1PreparedStatement): D1PreparedStatement => {
    const { bind, all, run, raw } = statement
    const alone =
      <A extends unknown[], R>(method: (...args: A) => Promise<R>) =>
      (...args: A) =>
        trip(1, (failing) => (failing === 0 ? fail() : method.apply(statement, args)))
    return Object.assign(statement, {
      bind: (...values: unknown[]) => watch(bind.apply(statement, values)),
      all: alone(all),
      run: alone(run),
      raw: alone(raw),
    })
  }
  async function fail(): Promise<never> {
    await db.prepare(FAILS).run()
    throw new Error('The statement that has to fail did not.')
  }
  const faulty: D1Database = Object.assign(Object.create(db) as D1Database, {
    withSession: () => faulty,
    prepare: (query: string) => watch(db.prepare(query)),
    batch: (statements: D1PreparedStatement[]) =>
      trip(statements.length, (failing) =>
        db.batch(statements.map((statement, at) => (at === failing ? db.prepare(FAILS) : statement))),
      ),
  })
  return faulty
}

/** The parts of a Hrana pipeline that are used here. The text of a statement can be stored under a number. */
type Statement = { sql?: string; sql_id?: number; args?: unknown[] }
type Pipeline = {
  requests: ({ type: 'execute'; stmt: Statement } | { type: 'batch'; batch: { steps: { stmt: Statement }[] } })[]
}

const fetchDirectly = globalThis.fetch
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init)
  const isPipeline = request.url.startsWith(bindings.LIBSQL_SERVER) && request.url.endsWith('/pipeline')
  if (!running || !isPipeline) return fetchDirectly(request)

  const pipeline: Pipeline = await request.json()
  const statements = pipeline.requests
    .flatMap((sent) => (sent.type === 'batch' ? sent.batch.steps : sent.type === 'execute' ? [sent] : []))
    .map(({ stmt }) => stmt)
    .filter(({ sql = '' }) => !/^(begin|commit|rollback)\b/i.test(sql))
  const send = (failing: number) => {
    const statement = statements[failing]
    if (statement) {
      delete statement.sql_id
      Object.assign(statement, { sql: FAILS, args: [] })
    }
    return fetchDirectly(
      new Request(request.url, { method: 'POST', headers: request.headers, body: JSON.stringify(pipeline) }),
    )
  }
  const types = pipeline.requests.map(({ type }) => type)
  return trip(statements.length, send, types)
}
