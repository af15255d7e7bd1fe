/** A content type with a foreign key: an item that refers to a row that does not exist is a 422 that names the field. */
import { integer, sqliteTable } from 'drizzle-orm/sqlite-core'
import { expect, test } from 'vitest'
import { createItem } from '../../src/content/create-item.ts'
import { createOnce } from '../../src/content/idempotency.ts'
import { updateItem } from '../../src/content/update-item.ts'
import { connect } from '../../src/store/database.ts'
import { contentColumns, recipes } from '../../src/store/schema.ts'
import { account, call, env } from '../support/service.ts'

const reviews = sqliteTable('reviews', {
  ...contentColumns(),
  recipe_id: integer('recipe_id').references(() => recipes.id),
})

const db = connect(env)
const { token, id: userId } = await account()
const { sid: sessionId } = JSON.parse(atob(token.split('.')[1] ?? ''))
const currentUser = { userId, sessionId }
const draft = { title: 'A review', visibility: 'public' as const, published_at: null }
const missing = { slug: 'invalid-input', details: { errors: [{ pointer: '#/recipe_id', detail: expect.any(String) }] } }

/** The table of posts and its search index, with a reference in place of the body. */
const schema = await db.all<{ sql: string }>(
  "select sql from sqlite_schema where name = 'posts' or name = 'posts_search' or tbl_name = 'posts' and type = 'trigger'",
)
for (const { sql } of schema) {
  const renamed = sql.replaceAll('posts', 'reviews')
  await db.run(renamed.replace('`body` text NOT NULL', '`recipe_id` integer REFERENCES `recipes`(`id`)'))
}

const existing = await call('POST', '/recipes', { token, json: { title: 'A recipe' } })
const recipe_id = Number(existing.body.id)

test('an item that refers to an existing row, or to none, is created', async () => {
  expect(await createItem(db, reviews, currentUser, { ...draft, recipe_id })).toMatchObject({ recipe_id })
  expect(await createItem(db, reviews, currentUser, { ...draft, recipe_id: null })).toMatchObject({ recipe_id: null })
})

test('an item that refers to a missing row is not created', async () => {
  const bad = { ...draft, recipe_id: 999_999 }
  await expect(createItem(db, reviews, currentUser, bad)).rejects.toMatchObject(missing)
  const keyed = { key: 'a-key', fingerprint: 'x' }
  await expect(createOnce(db, reviews, currentUser, bad, keyed)).rejects.toMatchObject(missing)
  // The key is free for a request that is right.
  const { isReplayed } = await createOnce(db, reviews, currentUser, { ...draft, recipe_id }, keyed)
  expect(isReplayed).toBe(false)
})

test('a change that refers to a missing row changes nothing', async () => {
  const { id } = await createItem(db, reviews, currentUser, { ...draft, recipe_id })
  const target = { id, versions: undefined }
  const change = updateItem(db, reviews, target, currentUser, { title: 'Other', recipe_id: 999_999 })
  await expect(change).rejects.toMatchObject(missing)
  const stale = updateItem(db, reviews, { id, versions: [9] }, currentUser, { recipe_id: 999_999 })
  await expect(stale).rejects.toMatchObject({ slug: 'version-conflict' })
  const item = await updateItem(db, reviews, target, currentUser, { recipe_id })
  expect(item).toMatchObject({ title: 'A review', version: 1 })
})

test('without an active session the reason is the session', async () => {
  const bad = createItem(db, reviews, { userId, sessionId: 'x' }, { ...draft, recipe_id: 999_999 })
  await expect(bad).rejects.toMatchObject({ slug: 'invalid-token' })
})
