// Streams, which are connections that stay open between HTTP requests, and the batons that identify them.

import { randomBytes } from 'node:crypto'
import type { Connection } from './connection.ts'
import { ProtocolError, ResponseError } from './errors.ts'

const maxSqls = 50
const maxSqlBytes = 5000
/** The time that an expired stream is remembered, so that its baton differs from an invalid one, in milliseconds. */
const cleanupMs = 300_000

const secret = (): string => randomBytes(24).toString('base64url')

export class Stream {
  readonly id = secret()
  /** The SQL texts stored by `store_sql`. */
  readonly sqls = new Map<number, string>()
  readonly #connection: Connection
  #closed = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  get closed(): boolean {
    return this.#closed
  }

  get connection(): Connection {
    if (this.#closed) throw new ProtocolError('Stream for this baton was closed')
    return this.#connection
  }

  storeSql(id: number, sql: string): void {
    if (this.sqls.has(id)) throw new ProtocolError(`SQL text ${id} already exists`)
    if (this.sqls.size >= maxSqls) {
      const message = `The server already stores ${this.sqls.size} SQL texts, it cannot store more`
      throw new ResponseError(message, 'SQL_STORE_TOO_MANY')
    }
    const size = Buffer.byteLength(sql)
    if (size > maxSqlBytes) {
      const message = `The statement is too large to be stored: ${size} B/${maxSqlBytes} B`
      throw new ResponseError(message, 'SQL_STORE_TOO_LARGE')
    }
    this.sqls.set(id, sql)
  }

  close(): void {
    this.#closed = true
    this.#connection.close()
  }
}

type Handle =
  | { state: 'available'; stream: Stream; baton: string; timer: NodeJS.Timeout }
  | { state: 'acquired' }
  | { state: 'expired' }

/** The streams of one database. */
export class Streams {
  readonly #connect: () => Connection
  readonly #timeoutMs: number
  readonly #handles = new Map<string, Handle>()

  constructor(connect: () => Connection, timeoutMs: number) {
    this.#connect = connect
    this.#timeoutMs = timeoutMs
  }

  /** The number of open streams. */
  get size(): number {
    return [...this.#handles.values()].filter(({ state }) => state !== 'expired').length
  }

  /** The stream of a baton, or a new one. Only the caller uses it until it is released or dropped. */
  acquire(baton: string | null): Stream {
    const stream = baton === null ? new Stream(this.#connect()) : this.#find(baton)
    this.#handles.set(stream.id, { state: 'acquired' })
    return stream
  }

  #find(baton: string): Stream {
    const handle = this.#handles.get(baton.slice(0, baton.indexOf('.')))
    if (handle === undefined) throw new ProtocolError('Received an invalid baton')
    if (handle.state === 'expired') {
      throw new ProtocolError('The stream has expired due to inactivity')
    }
    if (handle.state === 'acquired' || handle.baton !== baton) {
      throw new ProtocolError('Received a baton that has already been used')
    }
    clearTimeout(handle.timer)
    return handle.stream
  }

  /** Releases a stream. Returns the baton for the next request, unless the stream was closed. */
  release(stream: Stream): string | null {
    if (stream.closed) {
      this.#handles.delete(stream.id)
      return null
    }
    const baton = `${stream.id}.${secret()}`
    const timer = setTimeout(() => this.#expire(stream), this.#timeoutMs).unref()
    this.#handles.set(stream.id, { state: 'available', stream, baton, timer })
    return baton
  }

  drop(stream: Stream): void {
    this.#handles.delete(stream.id)
    stream.close()
  }

  #expire(stream: Stream): void {
    stream.close()
    this.#handles.set(stream.id, { state: 'expired' })
    setTimeout(() => this.#handles.delete(stream.id), cleanupMs).unref()
  }

  close(): void {
    for (const handle of this.#handles.values()) {
      if (handle.state !== 'available') continue
      clearTimeout(handle.timer)
      handle.stream.close()
    }
    this.#handles.clear()
  }
}
