// One connection of the engine to a database file; it waits for the write lock without blocking the event loop.

import { setTimeout } from 'node:timers/promises'
import Libsql from 'libsql'
import { fromEngine, isBusy, isParseError } from './errors.ts'
import type { Statement } from './sql.ts'
import type { EngineValue } from './value.ts'

const busyTimeoutMs = 5000
const busyRetryMs = 5

/**
 * Takes the write lock and changes nothing, as the database is not auto-vacuumed. A statement that fails with
 * SQLITE_BUSY itself is left suspended by the engine, and the connection can then never commit again; `exec` finalises
 * what it ran. So the lock is tried with this first, and the statement runs in the same turn of the event loop.
 */
const takeWriteLock = 'PRAGMA incremental_vacuum'

export type Outcome = {
  columns: Libsql.ColumnDefinition[]
  rows: unknown[]
  changes: unknown
  lastInsertRowid: unknown
}

const cells = (row: unknown): unknown[] => {
  if (!Array.isArray(row)) throw new TypeError('the engine returned a row that is no array')
  return row
}

export class Connection {
  readonly #db: Libsql.Database
  #closed = false

  constructor(path: string, foreignKeys: boolean) {
    this.#db = new Libsql(path)
    this.#db.exec(`PRAGMA foreign_keys = ${foreignKeys ? 'ON' : 'OFF'}; PRAGMA synchronous = OFF`)
  }

  get isAutocommit(): boolean {
    return !this.#db.inTransaction
  }

  /** Runs SQL that takes no arguments and whose rows are of no interest. */
  exec(sql: string): void {
    this.#db.exec(sql)
  }

  async run(statement: Statement, args: EngineValue[], signal: AbortSignal): Promise<Outcome> {
    const deadline = performance.now() + busyTimeoutMs
    for (;;) {
      try {
        return this.#run(statement, args)
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw fromEngine(error)
      }
      await setTimeout(busyRetryMs, undefined, { signal })
    }
  }

  #run(statement: Statement, args: EngineValue[]): Outcome {
    const prepared = this.#db.prepare(statement.sql).safeIntegers(true)
    if (statement.writes) this.#db.exec(takeWriteLock)
    let rows: unknown[] = []
    // `run` would leave a statement that returns rows unfinished, so these are always read to their end
    if (prepared.reader) rows = prepared.raw(true).all(args)
    else prepared.run(args)
    const columns = prepared.reader ? prepared.columns() : []
    const counters = this.#db.prepare('SELECT changes(), last_insert_rowid()').safeIntegers(true).raw(true)
    const [changes, lastInsertRowid] = cells(counters.all([])[0])
    return { columns, rows, changes, lastInsertRowid }
  }

  /** Throws if the text is no SQL at all; names that do not exist (yet) are no matter. */
  checkSyntax(sql: string): void {
    try {
      this.#db.prepare(sql)
    } catch (error) {
      if (isParseError(error)) throw fromEngine(error)
    }
  }

  close(): void {
    // the engine aborts the process if a closed connection is asked about its transaction
    if (this.#closed) return
    this.#closed = true
    // closing alone would keep the transaction open until the garbage collector finds the last statement
    if (this.#db.inTransaction) this.#db.exec('ROLLBACK')
    this.#db.close()
  }
}
