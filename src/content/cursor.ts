/** Keyset cursors: the position where a page begins, signed for the query that it belongs to. */
import type { Config, Keys } from '../config.ts'
import { nativeMacOf } from '../mac.ts'

/** The first row of a page: the instant it is ordered by (milliseconds) and its id. */
export type Position = { at: number; id: number }

/** `query` identifies the list. A cursor of one list is not valid for another. */
export async function encodeCursor(config: Config, query: string, { at, id }: Position): Promise<string> {
  const place = `${at}.${id}`
  return `${place}.${await sign(config.keys, query, place)}`
}

/** Null for a cursor with a wrong signature, or of another query. */
export async function decodeCursor(config: Config, query: string, cursor: string): Promise<Position | null> {
  const [, place, at, id, tag] = /^((-?\d{1,16})\.(\d{1,16}))\.([\w-]{22})$/.exec(cursor) ?? []
  if (!place) return null
  const tags = await Promise.all(config.acceptedKeys.map((keys) => sign(keys, query, place)))
  return tags.some((expected) => expected === tag) ? { at: Number(at), id: Number(id) } : null
}

/** 128 bits of HMAC-SHA-256. */
async function sign(keys: Keys, query: string, place: string): Promise<string> {
  const mac = await nativeMacOf(keys.cursor, `${query}\n${place}`)
  return mac.subarray(0, 16).toBase64({ alphabet: 'base64url', omitPadding: true })
}
