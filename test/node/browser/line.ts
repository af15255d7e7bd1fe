/** The line between the browser and the service: it notes what passes, and can be slow. */
import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

type Passed = {
  request: string
  origin: string | undefined
  /** The refresh token that went along. */
  cookie: string | undefined
  status: number | undefined
  /** How many requests for the same were on their way when it came. */
  others: number
}

export async function layLine(to: string) {
  const passed: Passed[] = []
  const underWay: string[] = []
  /** What a request and its answer may take on the line, in milliseconds. */
  let slowness = 0
  const dawdle = () => sleep(Math.random() * slowness)

  async function carry(asked: IncomingMessage) {
    const { method, url: path, headers } = asked
    const name = `${method} ${path}`
    const others = underWay.filter((other) => other === name).length
    underWay.push(name)
    try {
      await dawdle()
      const ahead = request(to + path, { method, headers, agent: false }).end(await buffer(asked))
      const [answered] = (await once(ahead, 'response')) as [IncomingMessage]
      const body = await buffer(answered)
      await dawdle()
      const [, cookie] = /__Host-refresh=([^;]+)/.exec(headers.cookie ?? '') ?? []
      passed.push({ request: name, origin: headers.origin, cookie, status: answered.statusCode, others })
      return { status: answered.statusCode ?? 502, headers: answered.rawHeaders, body }
    } finally {
      underWay.splice(underWay.indexOf(name), 1)
    }
  }

  async function pass(asked: IncomingMessage, answer: ServerResponse) {
    const { status, headers, body } = await carry(asked)
    answer.writeHead(status, headers).end(body)
  }

  // Where the service does not answer, or the browser has left, there is nothing to pass on.
  const server = createServer((asked, answer) => void pass(asked, answer).catch(() => answer.destroy()))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    slow: (milliseconds: number) => void (slowness = milliseconds),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
