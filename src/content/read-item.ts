/** Reads one item of any content type. */
import { eq } from 'drizzle-orm'
import { isActive, type BindableUser } from '../accounts/session.ts'
import type { CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import { oncePer } from '../lazy.ts'
import type { Database } from '../store/database.ts'
import { sessions, users, type ContentTable } from '../store/schema.ts'
import { statement, type Bindable, type Builder, type Placeholders } from '../store/statement.ts'
import { authorColumns, isAuthor, itemColumns, type ReadItem } from './item.ts'
import { isVisible, moderation } from './visibility.ts'

/**
 * One item as the current user can see it. Throws `not-found` (404) for an item that does not exist, and in the same way
 * for another author's draft; `unauthenticated` (401) for a `members` item without a token; `invalid-token` (401) if the
 * session is over.
 */
export async function readItem(
  db: Database,
  table: ContentTable,
  id: number,
  currentUser: CurrentUser | null,
  now = Date.now(),
): Promise<ReadItem> {
  const found = await (currentUser ? readAs(db, table, id, currentUser, now) : readAnonymously(db, table, id, now))
  if (!found || !isVisible(found, currentUser, now)) throw new Problem('not-found')
  const { is_withheld: _, sees_withheld: _sees, ...item } = found
  if (item.visibility === 'members' && !currentUser) throw new Problem('unauthenticated')
  return item
}

async function readAnonymously(db: Database, table: ContentTable, id: number, now: number) {
  const [found] = await db.send(compiled(table).anonymously({ id, now }))
  return found
}

async function readAs(db: Database, table: ContentTable, id: number, { userId, sessionId }: CurrentUser, now: number) {
  const [found] = await db.send(compiled(table).as({ id, userId, sessionId, now }))
  if (!found) throw new Problem('invalid-token')
  return isItem(found) ? found : undefined
}

type Found = Awaited<ReturnType<typeof selectAs>>[number]

/** Without an item, all of its columns and those of its author are null. */
const isItem = (found: Found): found is Found & ReadItem => found.id !== null

type Values = { id: number; userId: number; sessionId: string; now: number }

const compiled = oncePer((table: ContentTable) => ({
  anonymously: statement((db, { id, now }: Placeholders<Pick<Values, 'id' | 'now'>>) =>
    selectAnonymously(db, table, id, now),
  ),
  as: statement((db, { id, userId, sessionId, now }: Placeholders<Values>) =>
    selectAs(db, table, id, { userId, sessionId }, now),
  ),
}))

const author = { ...authorColumns, author_created_at: users.created_at }

const selectAnonymously = (db: Builder, table: ContentTable, id: Bindable<number>, now: Bindable<number>) =>
  db
    .select({ ...itemColumns(table), ...author, ...moderation(db, table, null, now) })
    .from(table)
    .innerJoin(users, isAuthor(table))
    .where(eq(table.id, id))

/** One row if the session is active, whether the item exists or not: a hidden draft takes as long as a missing id. */
const selectAs = (
  db: Builder,
  table: ContentTable,
  id: Bindable<number>,
  currentUser: BindableUser,
  now: Bindable<number>,
) =>
  db
    .select({ ...itemColumns(table), ...author, ...moderation(db, table, currentUser, now) })
    .from(sessions)
    .leftJoin(table, eq(table.id, id))
    .leftJoin(users, isAuthor(table))
    .where(isActive(currentUser, now))
