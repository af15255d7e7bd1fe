/** Creates an item of any content type. */
import { and, getTableColumns, isNotNull, sql, type SQL } from 'drizzle-orm'
import { isActive, type BindableUser } from '../accounts/session.ts'
import type { CurrentUser } from '../http/context.ts'
import { oncePer } from '../lazy.ts'
import { columnValues, type Database } from '../store/database.ts'
import { sessions, users, type ContentTable } from '../store/schema.ts'
import { statement, type Bindable, type Builder, type Placeholders } from '../store/statement.ts'
import { isWithinNewAccountLimit, throwNotCreated } from './creation-limit.ts'
import { returnedColumns, type Draft, type Item } from './item.ts'
import { referencesExist } from './references.ts'
import { searchText } from './search.ts'

/** The condition on an author whose item becomes visible to others now or later. Undefined if every author can publish. */
export const mayPublish = ({ mustBeVerified }: CurrentUser, published_at: Date | null | undefined): SQL | undefined =>
  mustBeVerified && published_at !== null ? isNotNull(users.email_verified_at) : undefined

/** The condition on the draft: that the author can publish it, and that its references exist. Undefined if there is none. */
const isAllowed = (db: Builder, table: ContentTable, currentUser: CurrentUser, draft: Draft) =>
  and(mayPublish(currentUser, draft.published_at), ...referencesExist(db, table, draft))

/** The condition on the author and on the references of a new item. Undefined if there is none. */
export const mayCreate = (db: Builder, table: ContentTable, currentUser: CurrentUser, draft: Draft, now: number) =>
  and(isAllowed(db, table, currentUser, draft), isWithinNewAccountLimit(currentUser, now))

/** The row of a new item, without its id and its author: a value for each column. */
function rowOf(table: ContentTable, draft: Draft, now: number): Record<string, unknown> {
  const at = new Date(now)
  const given: Record<string, unknown> = {
    ...draft,
    pending: draft.published_at !== null && draft.published_at > at,
    created_at: at,
    updated_at: at,
    version: 1,
    search_text: searchText(table, draft),
  }
  return Object.fromEntries(
    writtenColumns(table).map(([name, column]) => [name, given[name] ?? column.default ?? null]),
  )
}

const writtenColumns = oncePer((table: ContentTable) =>
  Object.entries(getTableColumns(table)).filter(
    ([name, { generated }]) => generated === undefined && name !== 'id' && name !== 'author_id',
  ),
)

/** The insertion of a row as the current user's, if the session is active and `condition` holds. */
function insertRow(
  db: Builder,
  table: ContentTable,
  currentUser: BindableUser,
  row: Record<string, unknown>,
  now: Bindable<number>,
  condition?: SQL,
) {
  const values = columnValues(table, { ...row, author_id: users.id })
  const author = sql`${users} inner join ${sessions} on ${sessions.user_id} = ${users.id}`
  return db
    .insert(table)
    .select(sql`select ${values} from ${author} where ${and(isActive(currentUser, now), condition)}`)
    .returning(returnedColumns(table))
}

/** The insertion of an item as the current user's, if the session is active and `condition` holds. */
export const insertItem = (
  db: Database,
  table: ContentTable,
  currentUser: CurrentUser,
  draft: Draft,
  now: number,
  condition?: SQL,
) => {
  const conditions = and(mayCreate(db, table, currentUser, draft, now), condition)
  return insertRow(db, table, currentUser, rowOf(table, draft, now), now, conditions)
}

type Values = { userId: number; sessionId: string; now: number; newAccountLimit: number }

/** The insertion of a draft without conditions of its own, compiled once: most requests send it. */
const compileInsert = (table: ContentTable, hasLimit: boolean) =>
  statement((db, { userId, sessionId, now, newAccountLimit }: Placeholders<Values>) => {
    const row = Object.fromEntries(writtenColumns(table).map(([name]) => [name, sql.placeholder(name)]))
    const condition = hasLimit ? isWithinNewAccountLimit({ newAccountLimit }, now) : undefined
    return insertRow(db, table, { userId, sessionId }, row, now, condition)
  })

const compiledInserts = oncePer((table: ContentTable) => ({
  limited: compileInsert(table, true),
  unlimited: compileInsert(table, false),
}))

/** Creates an item of the current user. Throws as `throwNotCreated`. */
export async function createItem(
  db: Database,
  table: ContentTable,
  currentUser: CurrentUser,
  draft: Draft,
  now = Date.now(),
): Promise<Item> {
  const { userId, sessionId, newAccountLimit = 0 } = currentUser
  const insert = compiledInserts(table)[newAccountLimit > 0 ? 'limited' : 'unlimited']
  const [created] = isAllowed(db, table, currentUser, draft)
    ? await insertItem(db, table, currentUser, draft, now)
    : await db.send(insert({ ...rowOf(table, draft, now), userId, sessionId, now, newAccountLimit }))
  return created ?? throwNotCreated(db, table, currentUser, draft, now)
}
