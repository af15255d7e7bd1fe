/** Where pages come from: `/page` runs a script; every other is bare, and `/third-party` comes with a cookie. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A page has a name of its own: vitest looks for the files that a stack trace names, and `/` is no file. */
export async function servePages(script: () => string) {
  const server = createServer(({ url }, answer) => {
    if (url === '/third-party') answer.setHeader('Set-Cookie', 'third-party=1; Secure; SameSite=None')
    answer.setHeader('Content-Type', 'text/html; charset=utf-8')
    answer.end(`<!doctype html><title>A page</title>${url === '/page' ? `<script>${script()}</script>` : ''}`)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
