/** A reverse proxy that compresses as nginx and Cloudflare do: a compressed response has a weak entity tag. */
import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'

export async function startCompressingProxy(to: string) {
  /** The entity tags that the proxy sent. */
  const tags: string[] = []

  async function forward(incoming: IncomingMessage, outgoing: ServerResponse) {
    const { method, url, headers } = incoming
    // `wrangler dev` compresses too, and keeps the tag strong.
    const { host: _, ...sent } = { ...headers, 'accept-encoding': 'identity' }
    const ahead = request(to + url, { method, headers: sent, agent: false }).end(await buffer(incoming))
    const [response] = (await once(ahead, 'response')) as [IncomingMessage]
    const body = await buffer(response)
    const { 'content-length': _length, 'transfer-encoding': _encoding, ...kept } = response.headers
    const isCompressed = body.length > 0 && /\bgzip\b/.test(headers['accept-encoding'] ?? '')
    const { etag } = kept
    // nginx `ngx_http_weak_etag`: a strong tag is made weak because the bytes are no longer the same.
    if (etag) kept.etag = isCompressed && !etag.startsWith('W/') ? `W/${etag}` : etag
    if (kept.etag) tags.push(kept.etag)
    if (isCompressed) Object.assign(kept, { 'content-encoding': 'gzip', vary: `${kept.vary ?? ''}, Accept-Encoding` })
    outgoing.writeHead(response.statusCode ?? 502, kept).end(isCompressed ? gzipSync(body) : body)
  }

  const server = createServer((incoming, outgoing) => void forward(incoming, outgoing).catch(() => outgoing.destroy()))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tags,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
