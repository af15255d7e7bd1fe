// Helpers of the tests: a server for the tests of one file, and requests to it.

import { createClient } from '@libsql/client/http'
import type { Client } from '@libsql/client/http'
import { afterAll, beforeAll } from 'vitest'
import { startHranaServer } from './server.ts'
import type { HranaServer } from './server.ts'
import { startSqld } from './sqld.ts'

/** An `execute` request. */
export const run = (sql: string, rest: object = {}) => ({ type: 'execute', stmt: { sql, ...rest } })

export const useServer = () => use(() => startHranaServer({ streamTimeoutMs: 300 }))

/** The real server if `SQLD` is set, otherwise the server of this directory. */
export const useEitherServer = () => {
  const program = process.env['SQLD']
  return use<Server>(program ? () => startSqld(program) : () => startHranaServer())
}

type Server = Pick<HranaServer, 'url' | 'databaseUrl' | 'block' | 'close'>

const use = <S extends Server>(start: () => Promise<S>) => {
  let started: S | undefined
  let databases = 0

  beforeAll(async () => {
    started = await start()
  }, 60_000)
  afterAll(() => started?.close())

  const server = (): S => {
    if (started === undefined) throw new Error('the server has not been started')
    return started
  }
  /** A new name of a database. */
  const newName = (): string => `db${++databases}`
  const connect = (name: string): Client => createClient({ url: server().databaseUrl(name), intMode: 'bigint' })

  const withTable = async (): Promise<Client> => {
    const client = connect(newName())
    await client.execute('CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE)')
    return client
  }

  const post = async (path: string, body: unknown) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(server().url + path, { method: 'POST', body: text })
    const isJson = response.headers.get('content-type') === 'application/json'
    return { status: response.status, body: isJson ? JSON.parse(await response.text()) : await response.text() }
  }

  return { server, newName, connect, withTable, post }
}
