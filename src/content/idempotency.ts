/** `Idempotency-Key`: a request that is sent twice writes once (draft-ietf-httpapi-idempotency-key-header). */
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { and, eq, exists, lte, sql } from 'drizzle-orm'
import { isActive } from '../accounts/session.ts'
import { type CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import { insertValues, type Database } from '../store/database.ts'
import { retryIdempotent } from '../store/round-trip.ts'
import { idempotencyKeys as keys, sessions, users, type ContentTable } from '../store/schema.ts'
import { insertItem, mayCreate } from './create-item.ts'
import { throwNotCreated } from './creation-limit.ts'
import { itemColumns, type Draft, type Item } from './item.ts'

/** How long a key is kept, in milliseconds. */
export const MEMORY = 24 * 3600 * 1000

/** What tells two requests apart: the path and the body. */
export const fingerprintOf = (path: string, body: unknown): string =>
  sha256(utf8ToBytes(`${path}\n${JSON.stringify(body)}`)).toBase64({ alphabet: 'base64url', omitPadding: true })

/**
 * Writes an item as the currentUser's unless the key wrote it before; then the first answer follows from the same request
 * and from what the key kept. The key and the item are one batch: the request whose nonce is in the key's row wrote
 * the item, every other found it. Throws `idempotency-key-reused` (422) and as `createItem`.
 */
export function createOnce(
  db: Database,
  table: ContentTable,
  currentUser: CurrentUser,
  draft: Draft,
  request: Keyed,
  now = Date.now(),
): Promise<{ item: Item; isReplayed: boolean }> {
  // A lost answer is asked for again, as a client with a key may.
  const nonces: string[] = []
  return retryIdempotent(() => {
    nonces.push(crypto.randomUUID())
    return write(db, table, currentUser, draft, request, nonces, now)
  })
}

type Keyed = { key: string; fingerprint: string }

/** The last of the nonces is this try's own. */
async function write(
  db: Database,
  table: ContentTable,
  currentUser: CurrentUser,
  draft: Draft,
  { key, fingerprint }: Keyed,
  nonces: readonly string[],
  now: number,
) {
  const nonce = nonces.at(-1) ?? ''
  const isKey = and(eq(keys.user_id, currentUser.userId), eq(keys.key, key))
  const isOurs = and(isKey, eq(keys.nonce, nonce))
  const row = insertValues(keys, {
    user_id: users.id,
    key,
    fingerprint,
    nonce,
    author_name: users.username,
    author_renames: users.renames,
    created_at: new Date(now),
  })
  const owner = sql`${users} inner join ${sessions} on ${sessions.user_id} = ${users.id}`
  const newest = sql`(select max(${table.id}) from ${table} where ${table.author_id} = ${currentUser.userId})`
  const [, , [created], , [kept]] = await db.batch([
    db.delete(keys).where(lte(keys.created_at, new Date(now - MEMORY))),
    db
      .insert(keys)
      .select(
        sql`select ${row} from ${owner} where ${and(isActive(currentUser, now), mayCreate(db, table, currentUser, draft, now))}`,
      )
      .onConflictDoNothing(),
    insertItem(db, table, currentUser, draft, now, exists(db.select({ key: keys.key }).from(keys).where(isOurs))),
    db.update(keys).set({ item_id: newest }).where(isOurs),
    db
      .select()
      .from(keys)
      .where(and(isKey, exists(db.select({ id: sessions.id }).from(sessions).where(isActive(currentUser, now))))),
  ])
  if (created) return { item: created, isReplayed: false }
  if (!kept?.item_id) return throwNotCreated(db, table, currentUser, draft, now)
  if (kept.fingerprint !== fingerprint) throw new Problem('idempotency-key-reused')
  const { created_at, item_id: id, author_name, author_renames } = kept
  const author = { author_id: currentUser.userId, author_name, author_renames }
  const published_at = draft.published_at && created_at
  const times = { published_at, listed_at: published_at, created_at, updated_at: created_at }
  const isReplayed = !nonces.includes(kept.nonce)
  return { item: defaulted(table, { ...draft, id, ...author, ...times, version: 1 }), isReplayed }
}

/** The row as it was written: each column in its place, with its default where nothing was sent. */
function defaulted(table: ContentTable, row: Partial<Item> & Record<string, unknown>): Item {
  const defaults = Object.entries(itemColumns(table)).map(([name, column]) => [name, column.default ?? null])
  return Object.assign(Object.fromEntries(defaults), row)
}
