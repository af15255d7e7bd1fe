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

/** The lifetime of a key, in milliseconds. */
export const MEMORY = 24 * 3600 * 1000

/** A digest of the path and the body: two requests with one key and another digest are different. */
export const fingerprintOf = (path: string, body: unknown): string =>
  sha256(utf8ToBytes(`${path}\n${JSON.stringify(body)}`)).toBase64({ alphabet: 'base64url', omitPadding: true })

/**
 * Creates an item of the current user, unless a request with the key created it before: then it returns the same item as
 * the first time. The key and the item are one batch. The request whose nonce is in the row of the key created the item. Throws `idempotency-key-reused` (422) and as `createItem`.
 */
export function createOnce(
  db: Database,
  table: ContentTable,
  currentUser: CurrentUser,
  draft: Draft,
  request: Keyed,
  now = Date.now(),
): Promise<{ item: Item; isReplayed: boolean }> {
  // After a lost response the request is repeated, which the key makes safe.
  const nonces: string[] = []
  return retryIdempotent(() => {
    nonces.push(crypto.randomUUID())
    return write(db, table, currentUser, draft, request, nonces, now)
  })
}

type Keyed = { key: string; fingerprint: string }

/** The last nonce is that of this attempt. */
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
