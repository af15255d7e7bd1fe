/**
 * Withholds the items of a suspended author from lists and search, and restores them when the suspension is lifted. It
 * works in steps of a bounded size: the first in the operator's batch, the others by the cron trigger.
 */
import { and, desc, eq, exists, inArray, isNotNull, not, notExists, sql } from 'drizzle-orm'
import type { Database } from '../store/database.ts'
import { contentTables, users, type ContentTable } from '../store/schema.ts'

/** The maximum number of items of each content type in a step. A step takes a fraction of a second in the database. */
export const STEP = 10_000

/** The maximum number of steps of a cron run. */
export const MAX_STEPS = 5

/**
 * The statements of one step for one user. `users.suspended_at` decides whether items are withheld or restored. The last
 * statement clears `relisting` when no item is left.
 */
export function relistingStep(db: Database, userId: number) {
  const tables = Object.values(contentTables)
  return [
    ...tables.flatMap((table) => [
      db
        .update(table)
        .set({ author_suspended: true })
        // Newest first: these items are at the top of the lists.
        .where(inArray(table.id, selectToWithhold(db, table, userId).orderBy(desc(table.listed_at)).limit(STEP))),
      db
        .update(table)
        .set({ author_suspended: false })
        .where(inArray(table.id, selectToRestore(db, table, userId).limit(STEP))),
    ]),
    db
      .update(users)
      .set({ relisting: false })
      .where(
        and(
          eq(users.id, userId),
          sql`${users.relisting} = 1`,
          ...tables.flatMap((table) => [
            notExists(selectToWithhold(db, table, userId)),
            notExists(selectToRestore(db, table, userId)),
          ]),
        ),
      ),
  ] as const
}

/** Continues the unfinished steps, oldest account first. Returns the number of steps, each of which is 6 statements. */
export async function continueRelisting(db: Database, maxSteps = MAX_STEPS): Promise<number> {
  for (let step = 0; step < maxSteps; step++) {
    const [due] = await db
      .select({ id: users.id })
      .from(users)
      .where(sql`${users.relisting} = 1`)
      .limit(1)
    if (!due) return step
    const [first, ...rest] = relistingStep(db, due.id)
    await db.batch([first, ...rest])
  }
  return maxSteps
}

/** Items that lists still show although their author is suspended. The index on author and `listed_at` finds them. */
const selectToWithhold = (db: Database, table: ContentTable, userId: number) =>
  db
    .select({ id: table.id })
    .from(table)
    .where(and(eq(table.author_id, userId), isNotNull(table.listed_at), isSuspended(db, userId)))
    .$dynamic()

/** Items that are withheld although their author is not suspended. The partial index on `author_suspended` finds them. */
const selectToRestore = (db: Database, table: ContentTable, userId: number) =>
  db
    .select({ id: table.id })
    .from(table)
    .where(and(eq(table.author_id, userId), sql`${table.author_suspended} = 1`, not(isSuspended(db, userId))))
    .$dynamic()

const isSuspended = (db: Database, userId: number) =>
  exists(
    db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, userId), isNotNull(users.suspended_at))),
  )
