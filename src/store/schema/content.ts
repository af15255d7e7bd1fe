/** The tables of content, and the columns and indexes that every content type has. */
import { sql, type SQL } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, type AnySQLiteColumn } from 'drizzle-orm/sqlite-core'
import { users } from './accounts.ts'
import { flag, instant } from './columns.ts'

/** The columns of any content type. The name of the author is read by a join, so that a new username changes one row. */
export const contentColumns = () => ({
  id: integer('id').primaryKey({ autoIncrement: true }),
  author_id: integer('author_id')
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' }),
  title: text('title').notNull(),
  visibility: text('visibility', { enum: ['public', 'members'] }).notNull(),
  /** Null for a draft. In the future for a scheduled item. */
  published_at: instant('published_at'),
  /** The time of the first publication of a draft that was published before. Publishing it again restores this time. */
  first_published_at: instant('first_published_at'),
  /** Whether the search index has the item as scheduled. Cleared after its time has come. */
  pending: integer('pending', { mode: 'boolean' }).notNull().default(false),
  created_at: instant('created_at').notNull(),
  updated_at: instant('updated_at').notNull(),
  /** Increases by one with every change of the fields in responses. The entity tag is made of it. */
  version: integer('version').notNull(),
  /** Null unless an operator has hidden the item. */
  hidden_at: instant('hidden_at'),
  hidden_reason: text('hidden_reason'),
  /** Follows `users.suspended_at` of the author, for items that are published or scheduled. */
  author_suspended: flag('author_suspended'),
  /**
   * `published_at`, or null for an item that an operator has hidden or whose author is suspended. Lists and search read
   * this column, so such an item is not in their indexes. SQLite computes it, so no statement has to update it.
   */
  listed_at: instant('listed_at').generatedAlwaysAs(
    (): SQL => sql`case when hidden_at is null and author_suspended = 0 then published_at end`,
    { mode: 'virtual' },
  ),
  /** The words of each searched column, as JSON: see `search-text.ts`. Triggers write them to the search index. */
  search_text: text('search_text').notNull().default('{}'),
})

/** The names of the columns that every content type has. */
export const SHARED_COLUMNS: ReadonlySet<string> = new Set(Object.keys(contentColumns()))

/** The table of any content type. */
export type ContentTable = ReturnType<typeof sqliteTable<string, ReturnType<typeof contentColumns>>>

type Indexed = Record<
  'id' | 'author_id' | 'author_suspended' | 'published_at' | 'listed_at' | 'pending',
  AnySQLiteColumn
>

/**
 * The indexes of the lists: all listed items, those of one author, a user's own drafts and scheduled items, all of a
 * user's own items, and the scheduled items whose time search has to check.
 */
const contentIndexes = (name: string, t: Indexed) => [
  index(`${name}_listed`).on(t.listed_at, t.id),
  index(`${name}_by_author`).on(t.author_id, t.listed_at, t.id),
  index(`${name}_own_by_status`).on(t.author_id, t.published_at, t.id),
  index(`${name}_own`).on(t.author_id, t.id),
  index(`${name}_pending`)
    .on(t.listed_at)
    .where(sql`pending = 1`),
  // For lifting the suspension of an author, step by step.
  index(`${name}_author_suspended`)
    .on(t.author_id)
    .where(sql`author_suspended = 1`),
]

export const posts = sqliteTable('posts', { ...contentColumns(), body: text('body').notNull() }, (t) =>
  contentIndexes('posts', t),
)

const list = (name: string) => text(name, { mode: 'json' }).$type<string[]>().notNull().default([])

export const recipes = sqliteTable(
  'recipes',
  {
    ...contentColumns(),
    description: text('description'),
    servings: integer('servings'),
    cook_minutes: integer('cook_minutes'),
    ingredients: list('ingredients'),
    directions: list('directions'),
  },
  (t) => contentIndexes('recipes', t),
)

/** The table of each content type by its name. A deletion and an export of an account cover all of them. */
export const contentTables = { posts, recipes }

/**
 * The items that requests with an `Idempotency-Key` created in the last day. The first response is not stored: it follows
 * from this row and from the request, which a replay repeats.
 */
export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    user_id: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    /** A digest of the path and the body. */
    fingerprint: text('fingerprint').notNull(),
    /** Identifies the request that inserted the row. */
    nonce: text('nonce').notNull(),
    item_id: integer('item_id'),
    author_name: text('author_name').notNull(),
    author_renames: integer('author_renames').notNull(),
    created_at: instant('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.user_id, t.key] }), index('idempotency_keys_created_at').on(t.created_at)],
)
