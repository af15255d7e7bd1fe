/** What a body has to be before anything reads it: no larger than is allowed, and one JSON value in UTF-8. */
import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { matchedRoutes } from 'hono/route'
import { Problem, unsupportedMediaType } from './problem.ts'

const METHODS = new Set(['POST', 'PUT', 'PATCH'])

/** A body sent with another method means nothing (RFC 9110 §9.3), and one sent to nowhere is not looked at. */
const takesBody = (c: Context) =>
  METHODS.has(c.req.method) && matchedRoutes(c).some(({ method }) => method === c.req.method)

/** Refuses a larger body with a 413, whether its length is declared, is not, or is declared wrongly. */
export function limitBody(maxSize: number): MiddlewareHandler {
  const onError = () => {
    throw new Problem('content-too-large', { detail: `A body may have ${maxSize} bytes here.` })
  }
  const limit = bodyLimit({ maxSize, onError })
  return async function checkSize(c, next) {
    // The first limit on a path is the one that counts.
    if (!takesBody(c) || c.req.raw.bodyUsed) return next()
    return limit(c, async () => ((await c.req.arrayBuffer()).byteLength > maxSize ? onError() : next()))
  }
}

/** Refuses what is not declared as JSON (415) and what is not JSON (400): the validators would look away, or guess. */
export const requireJson: MiddlewareHandler = async function requireJson(c, next) {
  const bytes = takesBody(c) ? await c.req.arrayBuffer() : new ArrayBuffer()
  if (bytes.byteLength > 0) {
    if (!isJson(c.req.header('Content-Type') ?? '')) throw unsupportedMediaType()
    const text = decode(bytes)
    const members = countMembers(parse(text))
    // Only now: in a text that is no JSON the search for the end of a string begins anew at every quotation mark.
    if (countNames(text) > members) {
      throw new Problem('malformed-json', { detail: 'An object has two members of one name.' })
    }
  }
  await next()
}

/** RFC 9110 §8.3.1: in any case and with parameters. RFC 8259 §8.1: in no other encoding than UTF-8. */
const isJson = (type: string) => /^application\/json(;\s*(charset="?utf-8"?|(?!charset=)[\w-]+=[^;]+))*$/i.test(type)

/** RFC 8259 §8.1: UTF-8 without a byte order mark. The parser alone would replace what is not, silently. */
function decode(bytes: ArrayBuffer): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    if (!text.startsWith('\ufeff')) return text
  } catch {
    // Said below.
  }
  throw new Problem('malformed-json', { detail: 'The body has to be UTF-8 without a byte order mark.' })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The parser says where it stopped, and shows what stands there: that is kept to ourselves.
    const [, line, column] = /\(line (\d+) column (\d+)\)$/.exec(String(error)) ?? []
    throw new Problem(
      'malformed-json',
      line ? { detail: `It stops being JSON at line ${line}, column ${column}.` } : {},
    )
  }
}

/** The names in a text that is JSON: its strings that a colon follows. */
const countNames = (text: string) =>
  text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g).reduce((count, [, colon]) => count + (colon ? 1 : 0), 0)

/** The members of all the objects in a value. Where there are fewer than names, one stood for two (RFC 8259 §4). */
function countMembers(value: unknown): number {
  let count = 0
  const open = [value]
  for (const at of open) {
    if (typeof at !== 'object' || at === null) continue
    const inner = Object.values(at)
    if (!Array.isArray(at)) count += inner.length
    for (const member of inner) open.push(member)
  }
  return count
}
