// The file of a local D1 database, opened without the service, which must not be running.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'

/** The rows of a transaction. The memory of a fill does not depend on its size. */
const BATCH = 100_000

/** Calls `fill` with the database in `dir`, as fast and as unsafe as a database allows that can be filled again. */
export function withDatabase(dir, fill) {
  const d1 = join(dir, 'v3/d1/miniflare-D1DatabaseObject')
  const file = readdirSync(d1).find((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite')
  const db = new Database(join(d1, file))
  db.exec('pragma synchronous = off; pragma cache_size = -500000')
  fill(db)
  db.exec('pragma wal_checkpoint(truncate)')
  db.close()
}

/** Inserts `count` rows. `rowOf` returns the values of the row with a number. */
export function insertRows(db, table, columns, count, rowOf) {
  const insert = db.prepare(
    `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
  )
  const insertFromTo = db.transaction((from, to) => {
    for (let n = from; n < to; n++) insert.run(...rowOf(n))
  })
  for (let n = 0; n < count; n += BATCH) insertFromTo(n, Math.min(n + BATCH, count))
}

/** A generator of the same numbers between 0 and 1 for the same seed (mulberry32). */
export function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
