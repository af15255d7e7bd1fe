/** Sends statements of `statement.ts` to D1 or libSQL, in one round trip. */
import type { Client, InValue } from '@libsql/client/http'
import { roundTrip, type QueryStats } from './round-trip.ts'
import type { BoundStatement } from './statement.ts'

/** The part of `Database` that sends compiled statements. */
export type Sender = {
  /** Sends one statement. */
  send<R>(statement: BoundStatement<R>): Promise<R>
  /** Sends several statements atomically. The first statement of a batch that writes must be a write. */
  sendBatch<T extends readonly BoundStatement<unknown>[]>(statements: readonly [...T]): Promise<Results<T>>
}

type Results<T extends readonly BoundStatement<unknown>[]> = {
  -readonly [Index in keyof T]: T[Index] extends BoundStatement<infer R> ? R : never
}

/** Sends statements to one driver and returns the rows of each statement as arrays. */
type Transport = {
  one(statement: BoundStatement<unknown>): Promise<readonly unknown[]>
  batch(statements: readonly BoundStatement<unknown>[]): Promise<readonly (readonly unknown[])[]>
}

export const sender = (transport: Transport): Sender => ({
  async send(statement) {
    return statement.rows(await transport.one(statement))
  },
  async sendBatch(statements: readonly BoundStatement<unknown>[]) {
    const results = await transport.batch(statements)
    // One result for each statement, in order. The type of `map` cannot express this.
    return Object(statements.map(({ rows }, index) => rows(results[index] ?? [])))
  },
})

export const d1Transport = (db: Pick<D1Database, 'prepare' | 'batch'>, queryStats: QueryStats): Transport => {
  const prepare = ({ sql, params }: BoundStatement<unknown>) => db.prepare(sql).bind(...params)
  return {
    one: (statement) => roundTrip(queryStats, statement.isRead, () => prepare(statement).raw()),
    async batch(statements) {
      const onlyReads = statements.every(({ isRead }) => isRead)
      const results = await roundTrip(queryStats, onlyReads, () =>
        db.batch<Record<string, unknown>>(statements.map(prepare)),
      )
      return results.map(({ results: rows }) => rows.map(Object.values))
    },
  }
}

/** `client` counts and retries each call itself. */
export const libsqlTransport = (client: Pick<Client, 'execute' | 'batch'>): Transport => {
  const prepare = ({ sql, params }: BoundStatement<unknown>) => ({ sql, args: params.map(toLibsql) })
  return {
    one: async (statement) => (await client.execute(prepare(statement))).rows,
    batch: async (statements) => (await client.batch(statements.map(prepare))).map(({ rows }) => rows),
  }
}

function toLibsql(value: unknown): InValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return value
  throw new TypeError(`A parameter is neither null, text, a number nor bytes, but ${typeof value}.`)
}
