/** An item of any content type: the columns that are read, and the shape that responses have. */
import { eq, getTableColumns, sql } from 'drizzle-orm'
import { users, type ContentTable } from '../store/schema.ts'
import { toTimestamp } from '../timestamp.ts'

type Internal = 'first_published_at' | 'author_suspended' | 'pending' | 'search_text'

/** An item: its row without the columns that only the database needs, and the name of its author. */
export type Item = Omit<ContentTable['$inferSelect'], Internal> & { author_name: string; author_renames: number }

/** The fields that an author sends: the title, the columns of the content type, the visibility, and the time of publication. */
export type Draft = Pick<Item, 'title' | 'visibility' | 'published_at'> & Record<string, unknown>

/** The columns of an item that are read. */
export function itemColumns(table: ContentTable) {
  const {
    first_published_at: _,
    author_suspended: _a,
    pending: _p,
    search_text: _s,
    ...columns
  } = getTableColumns(table)
  return columns
}

/** The author of an item, as columns of a query that joins `users`. */
export const authorColumns = { author_name: users.username, author_renames: users.renames }

export const isAuthor = (table: ContentTable) => eq(users.id, table.author_id)

/** The columns that a write returns. `returning` has no join in SQLite, so the author is a subquery. */
export function returnedColumns(table: ContentTable) {
  const ofAuthor = (column: typeof users.username | typeof users.renames) =>
    sql`(select ${column} from ${users} where ${users.id} = ${table.author_id})`
  return {
    ...itemColumns(table),
    author_name: sql<string>`${ofAuthor(users.username)}`.as('author_name'),
    author_renames: sql<number>`${ofAuthor(users.renames)}`.as('author_renames'),
  }
}

/** An item that was read, with the time of its author's registration. */
export type ReadItem = Item & { author_created_at: Date }

type Unshown = 'author_renames' | 'author_created_at' | 'listed_at' | 'hidden_at' | 'hidden_reason'
type Shown = Omit<Item, Unshown> & Partial<Pick<ReadItem, Unshown>>

/** An item as responses have it. `hidden` is there only if an operator has hidden the item. */
export function serialize<R extends Shown>({
  author_id,
  author_name,
  author_renames: _,
  author_created_at: _created_at,
  listed_at: _listed_at,
  hidden_at,
  hidden_reason,
  published_at,
  created_at,
  updated_at,
  ...rest
}: R) {
  const hidden: { hidden?: { at: string; reason: string } } = hidden_at
    ? { hidden: { at: toTimestamp(hidden_at), reason: hidden_reason ?? '' } }
    : {}
  return {
    ...rest,
    published_at: published_at && toTimestamp(published_at),
    created_at: toTimestamp(created_at),
    updated_at: toTimestamp(updated_at),
    author: { id: author_id, username: author_name },
    ...hidden,
  }
}
