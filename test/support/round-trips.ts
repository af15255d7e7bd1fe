/** Counts round trips to the database: at the D1 binding, and at the HTTP requests of the libSQL client. */
import { env as bindings } from 'cloudflare:workers'
import { checkBoundParameters } from './production-limits.ts'

type Statement = { sql: string; params: unknown[] }

const seen: { roundTrips: number; statements: number; sessions: (string | undefined)[] } = {
  roundTrips: 0,
  statements: 0,
  sessions: [],
}
let sent: Statement[] = []

/** The statements that `work` sends to D1, with their parameters. */
export async function statementsOf(work: () => Promise<unknown>): Promise<Statement[]> {
  sent = []
  await work()
  return sent
}

/** The rows that D1 reads for the single statement of `work`. */
export async function rowsRead(work: () => Promise<unknown>): Promise<number> {
  const [statement, ...others] = await statementsOf(work)
  if (!statement || others.length > 0) throw new Error('Not a single statement.')
  const { meta } = await bindings.DB.prepare(statement.sql)
    .bind(...statement.params)
    .all()
  return meta.rows_read
}

/** The number of round trips of `work`. */
export async function countRoundTrips(work: () => Promise<unknown>): Promise<number> {
  const before = seen.roundTrips
  await work()
  return seen.roundTrips - before
}

/** The constraints of the D1 sessions that `work` opened. */
export async function sessionsOf(work: () => Promise<unknown>): Promise<(string | undefined)[]> {
  seen.sessions = []
  await work()
  return seen.sessions
}

/** The number of statements so far. D1 limits it; libSQL does not. */
export const statementsSoFar = () => seen.statements

const fetchDirectly = globalThis.fetch
globalThis.fetch = (input, init) => {
  const url = input instanceof Request ? input.url : String(input)
  if (url.startsWith(bindings.LIBSQL_SERVER)) seen.roundTrips++
  return fetchDirectly(input, init)
}

/** The D1 binding with a counter for each call to the database. */
export function instrumentD1(db: D1Database): D1Database {
  return Object.assign(Object.create(db) as D1Database, {
    ...counted(db),
    withSession: (constraint?: string) => {
      seen.sessions.push(constraint)
      return counted(db.withSession(constraint))
    },
  })
}

const counted = (db: Pick<D1Database, 'prepare' | 'batch'>) => ({
  prepare: (query: string) => watchStatement(db.prepare(query), query),
  batch: (statements: D1PreparedStatement[]) => {
    seen.roundTrips++
    seen.statements += statements.length
    return db.batch(statements)
  },
})

function watchStatement(statement: D1PreparedStatement, sql: string): D1PreparedStatement {
  const { bind, all, run, raw } = statement
  const countCall =
    <A extends unknown[], R>(method: (...args: A) => R) =>
    (...args: A): R => {
      seen.roundTrips++
      seen.statements++
      return method.apply(statement, args)
    }
  return Object.assign(statement, {
    bind: (...values: unknown[]) => {
      checkBoundParameters(values)
      sent.push({ sql, params: values })
      return watchStatement(bind.apply(statement, values), sql)
    },
    all: countCall(all),
    run: countCall(run),
    raw: countCall(raw),
  })
}
