/** A stand-in for the part of Cloudflare's API that a remote backup uses: queries of one D1 database, on SQLite. */
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import Database from 'libsql'

type Query = { sql: string; params?: unknown[] }
type Body = Query | { batch: Query[] }

/** The limits of D1. */
const MAX_PARAMETERS = 100
const MAX_STATEMENT_BYTES = 100_000

/** Starts the server over a migrated database in `file`. Requests without the token are refused. */
export async function startCloudflareApi(file: string, token: string) {
  const database = new Database(file)
  database.pragma('foreign_keys = on')
  for (const name of (await readdir('drizzle')).filter((entry) => entry.endsWith('.sql')).toSorted()) {
    const source = await readFile(join('drizzle', name), 'utf8')
    for (const statement of source.split('--> statement-breakpoint')) database.exec(statement)
  }
  const requests: string[] = []

  function query({ sql, params = [] }: Query) {
    if (params.length > MAX_PARAMETERS) throw new Error('too many SQL variables')
    if (Buffer.byteLength(sql) > MAX_STATEMENT_BYTES) throw new Error('statement too long')
    const statement = database.prepare(sql)
    const results = statement.reader ? statement.all(...params) : (statement.run(...params), [])
    return { results, success: true, meta: {} }
  }

  async function respondTo(request: IncomingMessage, response: ServerResponse) {
    const respond = (status: number, body: object) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    const refuse = (status: number, message: string) =>
      respond(status, { success: false, errors: [{ code: 7500, message }], result: null })
    requests.push(`${request.method} ${request.url}`)
    if (request.headers.authorization !== `Bearer ${token}`) return refuse(403, 'Authentication error')
    const body = JSON.parse(await text(request)) as Body
    try {
      const all = database.transaction((queries: Query[]) => queries.map(query))
      return respond(200, { success: true, errors: [], result: all('batch' in body ? body.batch : [body]) })
    } catch (error) {
      return refuse(400, String(error))
    }
  }

  const server = createServer((request, response) => void respondTo(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close() {
      server.close()
      database.close()
    },
  }
}
