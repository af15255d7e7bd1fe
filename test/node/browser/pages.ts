/** A server for pages: `/page` runs a script, all others are empty, and `/third-party` sets a cookie. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The page has a file name, because vitest looks for the files in a stack trace. */
export async function servePages(script: () => string) {
  const server = createServer(({ url }, response) => {
    if (url === '/third-party') response.setHeader('Set-Cookie', 'third-party=1; Secure; SameSite=None')
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.end(`<!doctype html><title>A page</title>${url === '/page' ? `<script>${script()}</script>` : ''}`)
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
