/** Reads all items of an author, in pages of a limited size. */
import { and, eq, gt, lt, sql } from 'drizzle-orm'
import { hasActiveSession, requireActiveSession } from '../accounts/session.ts'
import type { CurrentUser } from '../http/context.ts'
import type { Database } from '../store/database.ts'
import { users, type ContentTable } from '../store/schema.ts'
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
    yield* page
    const [final] = page.slice(-1)
    if (!final) break
    last = final.id
  }
  await requireActiveSession(db, currentUser, Date.now())
}

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
  const before = sql<number>`sum(${sizes.bytes}) over (order by ${sizes.size_of}) - ${sizes.bytes}`.as('before')
  const starts = db.select({ size_of: sizes.size_of, before }).from(sizes).as('starts')
  return db
    .select({ ...columns, ...authorColumns })
    .from(starts)
    .crossJoin(table)
    .crossJoin(users)
    .where(
      and(
        lt(starts.before, PAGE_BYTES),
        eq(table.id, starts.size_of),
        isAuthor(table),
        hasActiveSession(db, currentUser, Date.now()),
      ),
    )
    .orderBy(table.id)
}
