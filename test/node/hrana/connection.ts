// One connection of the engine to a database file. It waits for the write lock without blocking the event loop.

import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { fromEngine, isBusy, isParseError, ResponseError } from './errors.ts'
import { maxValueBytes } from './limits.ts'
import type { WriteLock } from './lock.ts'
import type { Statement } from './sql.ts'

/** The time to wait for a lock that no connection of this server holds, in milliseconds. */
const busyTimeoutMs = 5000
const busyRetryMs = 5

/** The values of the named parameters, and the other values in order. */
export type Bindings = [named: Record<string, SQLInputValue>, ...positional: SQLInputValue[]]

export type Outcome = {
  columns: { name: string; type: string | null }[]
  rows: unknown[][]
  changes: bigint
  lastInsertRowid: bigint
}

/** What an owner or a quota blocks at the moment. */
export type Block = { reads?: boolean; writes?: boolean; reason?: string }

/** The shared state of the connections to one database. */
export type Shared = { path: string; foreignKeys: boolean; lock: WriteLock; block: Block }

export class Connection {
  readonly #db: DatabaseSync
  readonly #shared: Shared
  #holdsLock = false
  #isTimedOut = false

  constructor(shared: Shared) {
    this.#shared = shared
    this.#db = new DatabaseSync(shared.path, {
      enableForeignKeyConstraints: shared.foreignKeys,
      limits: { length: maxValueBytes },
    })
    this.#db.exec('PRAGMA synchronous = OFF')
  }

  get isAutocommit(): boolean {
    return !this.#db.isTransaction
  }

  /** Runs SQL without arguments and ignores its rows. */
  exec(sql: string): void {
    this.#db.exec(sql)
  }

  async run(statement: Statement, bindings: Bindings, signal: AbortSignal): Promise<Outcome> {
    this.#checkTransaction()
    checkBlock(this.#shared.block, statement)
    const { lock } = this.#shared
    const deadline = performance.now() + busyTimeoutMs
    for (;;) {
      try {
        const outcome = this.#run(statement, bindings)
        this.#noteLock(this.#db.isTransaction && (statement.writes || this.#holdsLock))
        return outcome
      } catch (error) {
        // some errors roll the transaction back
        if (!this.#db.isTransaction) this.#noteLock(false)
        if (!isBusy(error) || (!lock.isHeld && performance.now() >= deadline)) throw fromEngine(error)
      }
      lock.takeOverIfDue()
      await setTimeout(busyRetryMs, undefined, { signal })
    }
  }

  #run({ sql }: Statement, [named, ...positional]: Bindings): Outcome {
    const prepared = this.#prepare(sql)
    const columns = prepared.columns().map(({ name, type }) => ({ name, type }))
    const rows = prepared.all(named, ...positional).map(cells)
    const [changes, lastInsertRowid] = cells(this.#prepare('SELECT changes(), last_insert_rowid()').get())
    if (typeof changes !== 'bigint' || typeof lastInsertRowid !== 'bigint') {
      throw new TypeError('the engine returned a count that is not an integer')
    }
    return { columns, rows, changes, lastInsertRowid }
  }

  #prepare(sql: string): StatementSync {
    const prepared = this.#db.prepare(sql)
    prepared.setReadBigInts(true)
    prepared.setReturnArrays(true)
    prepared.setAllowBareNamedParameters(false)
    return prepared
  }

  #noteLock(holds: boolean): void {
    this.#holdsLock = holds
    this.#shared.lock.note(this, holds)
  }

  /** Another connection waited too long for the lock: the next statement fails, and the ones after it run. */
  #checkTransaction(): void {
    if (!this.#isTimedOut) return
    this.#isTimedOut = false
    throw new ResponseError('Transaction timed out', 'TRANSACTION_TIMEOUT')
  }

  rollBack(): void {
    this.#isTimedOut = true
    this.#holdsLock = false
    this.#db.exec('ROLLBACK')
  }

  /** Throws if the text is not SQL. Names do not have to exist. */
  checkSyntax(sql: string): void {
    try {
      this.#db.prepare(sql)
    } catch (error) {
      if (isParseError(error)) throw fromEngine(error)
    }
  }

  close(): void {
    if (!this.#db.isOpen) return
    // this also rolls an open transaction back
    this.#db.close()
    this.#noteLock(false)
  }
}

const cells = (row: unknown): unknown[] => {
  if (!Array.isArray(row)) throw new TypeError('the engine returned a row that is not an array')
  return row
}

const checkBlock = ({ reads, writes, reason }: Block, { verb, writes: isWrite }: Statement): void => {
  const isFree = ['commit', 'end', 'rollback', 'release', 'savepoint'].includes(verb)
  if (isFree || (!reads && !(writes && isWrite && verb !== 'begin'))) return
  const message = 'Operation was blocked' + (reason === undefined ? '' : `: ${reason}`)
  throw new ResponseError(message, 'BLOCKED')
}
