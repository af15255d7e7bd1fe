/** Keyset cursors: the position where a page begins, signed for the query that it belongs to. */
import type { Config, Keys } from '../config.ts'
import { macOf } from '../mac.ts'

/** The first row of a page: the instant it is ordered by (milliseconds) and its id. */
export type Position = { at: number; id: number }

/** `query` identifies the list. A cursor of one list is not valid for another. */
export function encodeCursor(config: Config, query: string, { at, id }: Position): string {
  const place = `${at}.${id}`
  return `${place}.${sign(config.keys, query, place)}`
}

/** Null for a cursor with a wrong signature, or of another query. */
export function decodeCursor(config: Config, query: string, cursor: string): Position | null {
  const [, place, at, id, tag] = /^((-?\d{1,16})\.(\d{1,16}))\.([\w-]{22})$/.exec(cursor) ?? []
  if (!place || !config.acceptedKeys.some((keys) => sign(keys, query, place) === tag)) return null
  return { at: Number(at), id: Number(id) }
}

/** 128 bits of HMAC-SHA-256. */
const sign = (keys: Keys, query: string, place: string) =>
  macOf(keys.cursor, `${query}\n${place}`).slice(0, 16).toBase64({ alphabet: 'base64url', omitPadding: true })
