// The databases of one server: one file each, created at first use.

import { join } from 'node:path'
import { Connection } from './connection.ts'
import type { Block, Shared } from './connection.ts'
import { WriteLock } from './lock.ts'
import { Streams } from './stream.ts'

export class Database {
  readonly streams: Streams
  /** The number of pipeline requests, including failed ones. */
  requests = 0
  readonly #shared: Shared
  /** Stays open, so that closing the last stream does not checkpoint the write-ahead log. */
  readonly #keeper: Connection

  constructor(path: string, foreignKeys: boolean, streamTimeoutMs: number) {
    this.#shared = { path, foreignKeys, lock: new WriteLock(), block: {} }
    this.#keeper = new Connection(this.#shared)
    this.#keeper.exec('PRAGMA journal_mode = WAL')
    this.streams = new Streams(() => new Connection(this.#shared), streamTimeoutMs)
  }

  /** Blocks reads or writes, as an owner or a quota does on a real server. `{}` allows them again. */
  block(block: Block): void {
    this.#shared.block = block
  }

  close(): void {
    this.streams.close()
    this.#keeper.close()
  }
}

export class Databases {
  readonly #open: (name: string) => Database
  readonly #databases = new Map<string, Database>()

  constructor(directory: string, foreignKeys: boolean, streamTimeoutMs: number) {
    this.#open = (name) => new Database(join(directory, `${name}.db`), foreignKeys, streamTimeoutMs)
  }

  /** The database with a name, if it was used. */
  peek(name: string): Database | undefined {
    return this.#databases.get(name)
  }

  get(name: string): Database {
    let database = this.#databases.get(name)
    if (database === undefined) {
      database = this.#open(name)
      this.#databases.set(name, database)
    }
    return database
  }

  close(): void {
    for (const database of this.#databases.values()) database.close()
    this.#databases.clear()
  }
}
