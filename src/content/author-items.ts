/** Reads all items of an author, in pages of a limited size. */
import { and, eq, gt, lt, sql } from 'drizzle-orm'
import { isActive } from '../accounts/session.ts'
import type { CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import type { Database } from '../store/database.ts'
import { sessions, users, type ContentTable } from '../store/schema.ts'
import { authorColumns, isAuthor, itemColumns } from './item.ts'

/**
 * Bytes of text in a page, before the last item in it, which may have 2,000,000 more. A response of sqld may have 10 MB,
 * an isolate 128 MB of memory, and a request 1,000 statements of D1 (50 on the free plan).
 */
const PAGE_BYTES = 2_000_000
const PAGE_ITEMS = 1_000

/**
 * The current user's items in the order of their ids, with drafts, one round trip for each page. Throws `invalid-token`
 * (401) when the session is over: each page checks it.
 */
export async function* readAuthorItems(db: Database, table: ContentTable, currentUser: CurrentUser) {
  for (let last = 0; ;) {
    const page = await selectPage(db, table, currentUser, last)
    const final = page.at(-1)
    if (!final) throw new Problem('invalid-token')
    for (const { item, author } of page) if (item && author) yield { ...item, ...author }
    if (!final.item || (page.length < PAGE_ITEMS && final.until < PAGE_BYTES)) return
    last = final.item.id
  }
}

/** One row without an item if there are no more items. No row if the session is over. */
function selectPage(db: Database, table: ContentTable, currentUser: CurrentUser, last: number) {
  const columns = itemColumns(table)
  // SQLite reads the length of a text from the header of the row, without the text.
  const lengths = Object.values(columns)
    .filter((column) => column.getSQLType() === 'text')
    .map((column) => sql`coalesce(octet_length(${column}), 0)`)
  const bytes = sql<number>`${sql.join(lengths, sql` + `)}`.as('bytes')
  const sizes = db
    .select({ size_of: sql<number>`${table.id}`.as('size_of'), bytes })
    .from(table)
    .where(and(eq(table.author_id, currentUser.userId), gt(table.id, last)))
    .orderBy(table.id)
    .limit(PAGE_ITEMS)
    .as('sizes')
  const until = sql<number>`sum(${sizes.bytes}) over (order by ${sizes.size_of})`.as('until')
  const ends = db.select({ size_of: sizes.size_of, bytes: sizes.bytes, until }).from(sizes).as('ends')
  return (
    db
      // Drizzle returns null for an item whose first column is null.
      .select({ item: { ...columns, id: table.id }, author: authorColumns, until: ends.until })
      .from(sessions)
      .leftJoin(ends, lt(sql`${ends.until} - ${ends.bytes}`, PAGE_BYTES))
      .leftJoin(table, eq(table.id, ends.size_of))
      .leftJoin(users, isAuthor(table))
      .where(isActive(currentUser, Date.now()))
      .orderBy(table.id)
  )
}
