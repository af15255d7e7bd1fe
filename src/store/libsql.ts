/** The client for libSQL (https://github.com/tursodatabase/libsql), and Drizzle on it. */
import type { Client } from '@libsql/client/http'
import { LibSQLDatabase } from 'drizzle-orm/libsql/driver-core'
import { LibSQLSession } from 'drizzle-orm/libsql/session'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import { lazy } from '../lazy.ts'
import { isRead, roundTrip, type QueryStats } from './round-trip.ts'

/** The time limit of one call to libSQL, in milliseconds. A writer waits up to 5 seconds for sqld's write lock. */
const LIBSQL_TIMEOUT = 10_000

/** The client for HTTP. It is loaded with the first statement: a service on D1 never loads it. */
async function createLibsqlClient(url: string, authToken: string | undefined): Promise<Client> {
  const { createClient } = await import('@libsql/client/http')
  return createClient({
    url,
    ...(authToken && { authToken }),
    fetch: (request: Request) => fetch(request, { signal: AbortSignal.timeout(LIBSQL_TIMEOUT) }),
  })
}

/** The methods of a client that are used. */
export type LibsqlClient = Pick<Client, 'execute' | 'batch'>

/** A client of one request, with each call counted and retried by `roundTrip`. */
export function libsqlClient(url: string, authToken: string | undefined, queryStats: QueryStats): LibsqlClient {
  const client = lazy(() => createLibsqlClient(url, authToken))
  const sqlOf = (statement: string | [string, unknown?] | { sql: string }) =>
    typeof statement === 'string' ? statement : Array.isArray(statement) ? statement[0] : statement.sql
  const read = (statement: InStatement) => roundTrip(queryStats, true, async () => (await client()).execute(statement))
  // Even one statement is in a transaction, so that it is rolled back if its result is too large for sqld.
  const write = (statements: InStatements) =>
    roundTrip(queryStats, false, async () => (await client()).batch(statements, 'write'))
  return {
    execute: async (statement: InStatement) => {
      if (isRead(sqlOf(statement))) return read(statement)
      const [result] = await write([statement])
      if (!result) throw new Error('libSQL returned no result for a statement.')
      return result
    },
    batch: (statements) =>
      statements.every((statement) => isRead(sqlOf(statement)))
        ? roundTrip(queryStats, true, async () => (await client()).batch(statements, 'deferred'))
        : write(statements),
  }
}

type InStatement = Parameters<Client['execute']>[0]
type InStatements = Parameters<Client['batch']>[0]

/** What `drizzle` of `drizzle-orm/libsql/web` returns. That module loads the client with the Worker. */
export function drizzleLibsql(client: LibsqlClient): LibSQLDatabase {
  const dialect = new SQLiteAsyncDialect()
  const session = new LibSQLSession<Record<string, never>, Record<string, never>>(
    Object(client),
    dialect,
    undefined,
    {},
    undefined,
  )
  return new LibSQLDatabase('async', dialect, session, undefined)
}
