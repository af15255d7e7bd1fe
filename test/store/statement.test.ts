/** Compiled statements: the same results as Drizzle's own queries, on both databases. */
import { desc, eq, inArray, lte, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { connect } from '../../src/store/database.ts'
import { posts, recipes, sessions } from '../../src/store/schema.ts'
import { statement, type Placeholders } from '../../src/store/statement.ts'
import '../support/hashing.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { account, call, env } from '../support/service.ts'

const queryStats = { queries: 0, milliseconds: 0 }
const db = connect(env, queryStats)
const { id, token } = await account()
const write = async (path: string, json: object) => (await call('POST', path, { token, json })).body
const first = await write('/posts', { title: 'First', body: 'x' })
const second = await write('/posts', { title: 'Second', body: 'y' })
const recipe = await write('/recipes', { title: 'Soup', ingredients: ['water', 'salt'] })

const byId = statement((builder, { id: post }: Placeholders<{ id: number }>) =>
  builder.select().from(posts).where(eq(posts.id, post)),
)

test('a statement resolves to the same rows as the query', async () => {
  const [row] = await db.send(byId({ id: first.id }))
  expect(row).toEqual((await db.select().from(posts).where(eq(posts.id, first.id)))[0])
  expect(row?.created_at).toBeInstanceOf(Date)
  expect(await db.send(byId({ id: 10 ** 9 }))).toEqual([])
})

test('a statement is built once, and each call has its own values', async () => {
  let builds = 0
  const counted = statement((builder, { id: post }: Placeholders<{ id: number }>) => {
    builds++
    return builder.select({ title: posts.title }).from(posts).where(eq(posts.id, post))
  })
  const rows = await Promise.all([first, second, first].map((post) => db.send(counted({ id: post.id }))))
  expect(rows.map(([row]) => row?.title)).toEqual(['First', 'Second', 'First'])
  expect(builds).toBe(1)
})

test('constants, encoded values, null, JSON, nested fields and SQL have their types', async () => {
  const published = statement((builder, { at }: Placeholders<{ at: Date }>) =>
    builder
      .select({ item: { id: recipes.id, ingredients: recipes.ingredients }, one: sql<number>`1`.as('one') })
      .from(recipes)
      .where(lte(recipes.created_at, sql`${sql.param(at, recipes.created_at)}`))
      .orderBy(desc(recipes.id))
      .limit(1),
  )
  expect(await db.send(published({ at: new Date() }))).toEqual([
    { item: { id: recipe.id, ingredients: ['water', 'salt'] }, one: 1 },
  ])
  expect(await db.send(published({ at: new Date(0) }))).toEqual([])
  const change = statement((builder, values: Placeholders<{ ingredients: string[]; description: string | null }>) =>
    builder
      .update(recipes)
      .set({
        ingredients: sql`${sql.param(values.ingredients, recipes.ingredients)}`,
        description: sql`${sql.param(values.description, recipes.description)}`,
      })
      .where(eq(recipes.author_id, id))
      .returning({ ingredients: recipes.ingredients, description: recipes.description }),
  )
  const changed = { ingredients: ['milk'], description: null }
  expect(await db.send(change(changed))).toEqual([changed])
})

test('SQL in a flat selection uses its decoder, and null stays null', async () => {
  const flat = statement((builder, { id: post }: Placeholders<{ id: number }>) =>
    builder
      .select({
        id: posts.id,
        isOne: sql`1`.mapWith(Boolean).as('is_one'),
        nothing: sql<Date | null>`null`.mapWith(posts.created_at),
        plain: sql<number>`2`,
        created_at: posts.created_at,
      })
      .from(posts)
      .where(eq(posts.id, post)),
  )
  const [row] = await db.send(flat({ id: first.id }))
  expect(row).toEqual({ id: first.id, isOne: true, nothing: null, plain: 2, created_at: new Date(first.created_at) })
})

test('a batch is one round trip and returns the results in order', async () => {
  const rename = statement((builder, { title, id: post }: Placeholders<{ title: string; id: number }>) =>
    builder
      .update(posts)
      .set({ title: sql`${title}` })
      .where(eq(posts.id, post))
      .returning({ title: posts.title }),
  )
  const before = queryStats.queries
  const trips = await countRoundTrips(async () => {
    const [renamed, read] = await db.sendBatch([rename({ title: 'Third', id: second.id }), byId({ id: second.id })])
    expect(renamed).toEqual([{ title: 'Third' }])
    expect(read[0]?.title).toBe('Third')
  })
  expect([trips, queryStats.queries - before]).toEqual([1, 1])
})

test('a batch with a failing statement changes nothing', async () => {
  const remove = statement((builder, { ids }: Placeholders<{ ids: number }>) =>
    builder.delete(posts).where(inArray(posts.id, [ids])),
  )
  const duplicate = statement((builder, { key }: Placeholders<{ key: string }>) =>
    builder
      .update(sessions)
      .set({ user_id: sql`null` })
      .where(sql`${key} = 'x'`),
  )
  await expect(db.sendBatch([remove({ ids: first.id }), duplicate({ key: 'x' })])).rejects.toThrow('NOT NULL')
  expect(await db.send(byId({ id: first.id }))).toHaveLength(1)
})

test('a missing value throws before anything is sent', async () => {
  const values: { id: number } = Object.create(null)
  const trips = await countRoundTrips(async () => {
    expect(() => byId(values)).toThrow('no value for id')
  })
  expect(trips).toBe(0)
})
