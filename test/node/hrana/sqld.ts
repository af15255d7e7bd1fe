// The real libSQL server for tests: sqld behind a proxy that creates each database at first use.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request as send } from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Block } from './connection.ts'
import { SILENT } from './http.ts'

const startTimeoutMs = 30_000

/** Starts sqld and resolves when it responds. Its data is deleted when it is closed. */
export const startSqld = async (program: string) => {
  const directory = mkdtempSync(join(tmpdir(), 'sqld-'))
  const [port, adminPort] = await Promise.all([freePort(), freePort()])
  const admin = `http://127.0.0.1:${adminPort}/v1/namespaces`
  const options = {
    'db-path': join(directory, 'data'),
    'http-listen-addr': `127.0.0.1:${port}`,
    'admin-listen-addr': `127.0.0.1:${adminPort}`,
    // One database for each test file, all at the same time.
    'max-active-namespaces': '1000',
    // Without this option sqld can stop accepting writes at a checkpoint under many writers.
    'checkpoint-interval-s': '60',
  }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  const child = spawn(program, [...args, '--enable-namespaces', '--no-welcome'], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)

  const deadline = Date.now() + startTimeoutMs
  while (!(await isUp(admin))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${program} does not start`)
    await sleep(50)
  }

  const databases = new Map<string, Promise<void>>()
  const make = (name: string) => {
    const made = databases.get(name) ?? post(`${admin}/${name}/create`, {})
    databases.set(name, made)
    return made
  }
  const proxy = createServer(forward(port, make))
  proxy.keepAliveTimeout = 0
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${portOf(proxy.address())}`

  return {
    url,
    databaseUrl: (name: string) => `${url}/${name}/`,
    /** Blocks reads or writes of a database. `{}` allows them again. */
    block: async (name: string, { reads = false, writes = false, reason }: Block) => {
      await make(name)
      await post(`${admin}/${name}/config`, { block_reads: reads, block_writes: writes, block_reason: reason ?? null })
    },
    close: async () => {
      proxy.closeAllConnections()
      await once(proxy.close(), 'close')
      kill()
      await ended
      process.off('exit', kill)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Forwards `/NAME/v3/pipeline` to `/dev/NAME/v3/pipeline` of sqld, which reads the database from the path on `localhost`. */
const forward =
  (port: number, make: (name: string) => Promise<void>): RequestListener =>
  (request, response) => {
    const name = request.url?.split('/')[1] ?? ''
    if (name === SILENT) return
    make(name).then(
      () => pipe(port, request, response),
      (error: unknown) => response.writeHead(502, { 'content-type': 'text/plain' }).end(String(error)),
    )
  }

const pipe = (port: number, request: IncomingMessage, response: ServerResponse) => {
  const { method, url, headers } = request
  const options = {
    host: '127.0.0.1',
    port,
    method,
    path: `/dev${url}`,
    headers: { ...headers, host: `localhost:${port}` },
  }
  const upstream = send(options, (upstreamResponse) => {
    response.writeHead(upstreamResponse.statusCode ?? 502, upstreamResponse.headers)
    upstreamResponse.pipe(response)
  })
  upstream.on('error', () => response.destroy())
  response.on('close', () => upstream.destroy())
  request.pipe(upstream)
}

const post = async (url: string, body: object): Promise<void> => {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${url} responded with ${response.status}: ${await response.text()}`)
}

const isUp = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    () => true,
    () => false,
  )

const freePort = async (): Promise<number> => {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const port = portOf(server.address())
  await once(server.close(), 'close')
  return port
}

const portOf = (address: AddressInfo | string | null): number => {
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port')
  return address.port
}
