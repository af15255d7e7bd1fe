/** What a body may be before anything reads it: no larger than is allowed, and UTF-8. */
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { Problem } from './problem.ts'

/** Refuses a larger body with a 413, whether its length is declared or not. */
export const limitBody = (maxSize: number) =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new Problem('content-too-large', { detail: `A body may have ${maxSize} bytes here.` })
    },
  })

/** RFC 8259 §8.1: JSON is UTF-8 without a byte order mark. The parser alone would replace what is not, silently. */
export const requireUtf8: MiddlewareHandler = async (c, next) => {
  if (c.req.raw.body) {
    const bytes = await c.req.arrayBuffer()
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
      if (text.startsWith('\ufeff')) throw new TypeError('byte order mark')
    } catch {
      throw new Problem('malformed-json', { detail: 'The body has to be UTF-8 without a byte order mark.' })
    }
  }
  await next()
}
