// A libSQL server for tests: Hrana over HTTP on the loopback interface, over SQLite, with the limits and errors of sqld.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Block } from './connection.ts'
import { Databases } from './database.ts'
import { serve } from './http.ts'

export type HranaServerOptions = {
  /** The directory of the database files. Default: a temporary directory that is deleted when the server closes. */
  directory?: string
  /** The port. Default: any free port. */
  port?: number
  /** If set, requests must have it as their bearer token. */
  authToken?: string
  /** The time after which an idle stream is rolled back and closed, in milliseconds. */
  streamTimeoutMs?: number
  /** Whether foreign keys are enforced on a new connection, as in D1. The default of libSQL is off. */
  foreignKeys?: boolean
}

export type HranaServer = {
  /** The URL of the database `default`. */
  url: string
  databaseUrl(name: string): string
  /** The number of pipeline requests for a database so far. */
  requests(name?: string): number
  /** The number of open streams of a database. */
  streams(name?: string): number
  /** Blocks reads or writes of a database, as a quota does. `{}` allows them again. */
  block(name: string, block: Block): Promise<void>
  close(): Promise<void>
}

export const startHranaServer = async (options: HranaServerOptions = {}): Promise<HranaServer> => {
  const { port = 0, authToken, streamTimeoutMs = 10_000, foreignKeys = true } = options
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'hrana-'))
  mkdirSync(directory, { recursive: true })
  const databases = new Databases(directory, foreignKeys, streamTimeoutMs)
  const total = { bytes: 0 }
  const inFlight = new Set<Promise<void>>()

  const server = createServer((request, response) => {
    const served = serve(databases, authToken, total, request, response)
      .catch(() => void response.destroy())
      .finally(() => inFlight.delete(served))
    inFlight.add(served)
  })
  // An idle connection stays open, as in sqld: a busy client would otherwise send on a closed connection.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port')
  const url = `http://127.0.0.1:${address.port}`

  return {
    url,
    databaseUrl: (name) => `${url}/${name}/`,
    requests: (name = 'default') => databases.peek(name)?.requests ?? 0,
    streams: (name = 'default') => databases.peek(name)?.streams.size ?? 0,
    block: async (name, block) => databases.get(name).block(block),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      // ends the requests that wait for a lock, too
      server.closeAllConnections()
      await closed
      await Promise.allSettled(inFlight)
      databases.close()
      if (options.directory === undefined) rmSync(directory, { recursive: true, force: true })
    },
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string' }, directory: { type: 'string' } } })
  const { url, close } = await startHranaServer({
    port: Number(values.port ?? 8080),
    ...(values.directory !== undefined && { directory: values.directory }),
  })
  console.log(`listening on ${url}`)
  process.once('SIGTERM', () => void close())
  process.once('SIGINT', () => void close())
}
