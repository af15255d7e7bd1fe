/** A proxy between the browser and the service. It records requests and can delay them. */
import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

type Passed = {
  request: string
  origin: string | undefined
  /** The refresh token in the cookie. */
  cookie: string | undefined
  status: number | undefined
  /** The number of other requests to the same path in progress. */
  others: number
}

export async function startProxy(to: string) {
  const passed: Passed[] = []
  const inProgress: string[] = []
  /** The delay of a request in milliseconds. */
  let maxDelay = 0
  const delay = () => sleep(Math.random() * maxDelay)

  async function forward(incoming: IncomingMessage) {
    const { method, url: path, headers } = incoming
    const name = `${method} ${path}`
    const others = inProgress.filter((other) => other === name).length
    inProgress.push(name)
    try {
      await delay()
      const ahead = request(to + path, { method, headers, agent: false }).end(await buffer(incoming))
      const [forwarded] = (await once(ahead, 'response')) as [IncomingMessage]
      const body = await buffer(forwarded)
      await delay()
      const [, cookie] = /__Host-refresh=([^;]+)/.exec(headers.cookie ?? '') ?? []
      passed.push({ request: name, origin: headers.origin, cookie, status: forwarded.statusCode, others })
      return { status: forwarded.statusCode ?? 502, headers: forwarded.rawHeaders, body }
    } finally {
      inProgress.splice(inProgress.indexOf(name), 1)
    }
  }

  async function respond(incoming: IncomingMessage, response: ServerResponse) {
    const { status, headers, body } = await forward(incoming)
    response.writeHead(status, headers).end(body)
  }

  // If the service does not respond or the browser has disconnected, the connection is closed.
  const server = createServer((incoming, response) => void respond(incoming, response).catch(() => response.destroy()))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    setMaxDelay: (milliseconds: number) => void (maxDelay = milliseconds),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
