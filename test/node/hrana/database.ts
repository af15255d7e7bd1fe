// The databases of one server: a file each, made at its first use.

import { join } from 'node:path'
import { Connection } from './connection.ts'
import type { Block, Shared } from './connection.ts'
import { WriteLock } from './lock.ts'
import { Streams } from './stream.ts'

export class Database {
  readonly streams: Streams
  /** How many pipeline requests came for it, also those that failed. */
  requests = 0
  readonly #shared: Shared
  /** Stays open so that the last stream's end does not fold the write-ahead log away. */
  readonly #keeper: Connection

  constructor(path: string, foreignKeys: boolean, streamTimeoutMs: number) {
    this.#shared = { path, foreignKeys, lock: new WriteLock(), block: {} }
    this.#keeper = new Connection(this.#shared)
    this.#keeper.exec('PRAGMA journal_mode = WAL')
    this.streams = new Streams(() => new Connection(this.#shared), streamTimeoutMs)
  }

  /** Forbids reads or writes, as an owner or a quota does on a real server; `{}` allows them again. */
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

  /** The database of a name, if it was used. */
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
