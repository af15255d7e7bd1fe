/** The usual stack as documented: Hono, `@hono/zod-openapi`, Drizzle and `hono/jwt`. It has no sessions and no log. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { desc, eq, lte, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { jwt, sign } from 'hono/jwt'

type Bindings = { DB: D1Database; JWT_SECRET: string }
type Variables = { jwtPayload: { sub: string } }

const users = sqliteTable('users', {
  id: integer().primaryKey(),
  username: text().notNull(),
  username_normalized: text().notNull(),
  email_normalized: text().notNull(),
  password_hash: text().notNull(),
})

const posts = sqliteTable('posts', {
  id: integer().primaryKey(),
  author_id: integer().notNull(),
  title: text().notNull(),
  visibility: text({ enum: ['public', 'members'] }).notNull(),
  published_at: integer({ mode: 'timestamp_ms' }),
  listed_at: integer({ mode: 'timestamp_ms' }).generatedAlwaysAs(sql`published_at`),
  created_at: integer({ mode: 'timestamp_ms' }).notNull(),
  updated_at: integer({ mode: 'timestamp_ms' }).notNull(),
  version: integer().notNull(),
  body: text().notNull(),
  search_text: text().notNull(),
})

const Summary = z
  .object({
    id: z.number().int().openapi({ example: 1 }),
    version: z.number().int(),
    title: z.string().openapi({ example: 'A title' }),
    visibility: z.enum(['public', 'members']),
    published_at: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    author: z.object({ id: z.number().int(), username: z.string() }),
  })
  .openapi('Summary')
const Post = Summary.extend({ body: z.string() }).openapi('Post')
const Page = z.object({ items: z.array(Summary), next_cursor: z.string().nullable() }).openapi('Page')
const NewPost = z
  .object({
    title: z.string().min(1).max(200),
    body: z.string().min(1).max(100_000),
    visibility: z.enum(['public', 'members']).default('members'),
  })
  .openapi('NewPost')
const ErrorBody = z.object({ message: z.string() }).openapi('Error')

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})
const notFound = json(ErrorBody, 'Not found')

const app = new OpenAPIHono<{ Bindings: Bindings; Variables: Variables }>()

const auth = (path: string, method: string) =>
  app.use(path, (c, next) =>
    c.req.method === method ? jwt({ secret: c.env.JWT_SECRET, alg: 'HS256' })(c, next) : next(),
  )
auth('/posts', 'POST')
auth('/posts/:id', 'GET')

app.openapi(
  createRoute({
    method: 'get',
    path: '/posts',
    request: { query: z.object({ limit: z.coerce.number().int().min(1).max(100).default(20) }) },
    responses: { 200: json(Page, 'A page of posts') },
  }),
  async (c) => {
    const { limit } = c.req.valid('query')
    const rows = await drizzle(c.env.DB)
      .select({
        id: posts.id,
        author_id: posts.author_id,
        author_name: users.username,
        title: posts.title,
        visibility: posts.visibility,
        published_at: posts.published_at,
        created_at: posts.created_at,
        updated_at: posts.updated_at,
        version: posts.version,
      })
      .from(posts)
      .innerJoin(users, eq(users.id, posts.author_id))
      .where(lte(posts.listed_at, new Date()))
      .orderBy(desc(posts.listed_at), desc(posts.id))
      .limit(limit + 1)
    const next = rows[limit]
    const next_cursor = next ? `${next.published_at?.getTime()}.${next.id}` : null
    return c.json({ items: rows.slice(0, limit).map(serialize), next_cursor }, 200)
  },
)

app.openapi(
  createRoute({
    method: 'get',
    path: '/posts/{id}',
    request: {
      params: z.object({
        id: z.coerce
          .number()
          .int()
          .openapi({ param: { name: 'id', in: 'path' } }),
      }),
    },
    responses: { 200: json(Post, 'The post'), 404: notFound },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const [found] = await drizzle(c.env.DB)
      .select()
      .from(posts)
      .innerJoin(users, eq(users.id, posts.author_id))
      .where(eq(posts.id, id))
    const row = found && { ...found.posts, author_name: found.users.username }
    const isOwn = row?.author_id === Number(c.get('jwtPayload').sub)
    if (!row || !(isOwn || (row.published_at && row.published_at <= new Date()))) {
      return c.json({ message: 'Not found' }, 404)
    }
    return c.json({ ...serialize(row), body: row.body }, 200)
  },
)

app.openapi(
  createRoute({
    method: 'post',
    path: '/posts',
    request: { body: { required: true, content: { 'application/json': { schema: NewPost } } } },
    responses: { 201: json(Post, 'The post as it was written'), 404: notFound },
  }),
  async (c) => {
    const { title, body, visibility } = c.req.valid('json')
    const db = drizzle(c.env.DB)
    const [author] = await db
      .select()
      .from(users)
      .where(eq(users.id, Number(c.get('jwtPayload').sub)))
    if (!author) return c.json({ message: 'Not found' }, 404)
    const now = new Date()
    const [row] = await db
      .insert(posts)
      .values({
        author_id: author.id,
        title,
        body,
        visibility,
        published_at: now,
        created_at: now,
        updated_at: now,
        version: 1,
        search_text: JSON.stringify({ title: title.toLowerCase(), body: body.toLowerCase() }),
      })
      .returning()
    if (!row) throw new Error('nothing was written')
    return c.json({ ...serialize({ ...row, author_name: author.username }), body: row.body }, 201, {
      Location: `/posts/${row.id}`,
    })
  },
)

app.openapi(
  createRoute({
    method: 'post',
    path: '/users/login',
    request: {
      body: {
        required: true,
        content: { 'application/json': { schema: z.object({ email: z.string(), password: z.string() }) } },
      },
    },
    responses: {
      200: json(z.object({ access_token: z.string() }), 'A token'),
      401: json(ErrorBody, 'Invalid credentials'),
    },
  }),
  async (c) => {
    const { email, password } = c.req.valid('json')
    const [user] = await drizzle(c.env.DB)
      .select({ id: users.id, password_hash: users.password_hash })
      .from(users)
      .where(eq(users.email_normalized, email.toLowerCase()))
    const [, , , salt = '', expected = ''] = user?.password_hash.split('$') ?? []
    const derived = await derive(password, Uint8Array.fromBase64(salt))
    if (!user || !crypto.subtle.timingSafeEqual(derived, Uint8Array.fromBase64(expected))) {
      return c.json({ message: 'Invalid credentials' }, 401)
    }
    const payload = { sub: String(user.id), exp: Math.floor(Date.now() / 1000) + 900 }
    return c.json({ access_token: await sign(payload, c.env.JWT_SECRET, 'HS256') }, 200)
  },
)

app.doc('/openapi.json', { openapi: '3.0.0', info: { title: 'The usual stack', version: '1.0.0' } })

export default app

type Row = Omit<typeof posts.$inferSelect, 'body' | 'listed_at' | 'search_text'> & { author_name: string }

const serialize = ({ id, version, author_id, author_name, title, visibility, ...times }: Row) => ({
  id,
  version,
  title,
  visibility,
  published_at: times.published_at && times.published_at.toISOString(),
  created_at: times.created_at.toISOString(),
  updated_at: times.updated_at.toISOString(),
  author: { id: author_id, username: author_name },
})

/** Postern's scheme, so that all do the same work: six chained calls of 100,000 iterations. */
async function derive(password: string, salt: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(password), 'PBKDF2', false, ['deriveBits'])
  for (let call = 0; call < 6; call++) {
    const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: 100_000 }
    salt = new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256))
  }
  return salt
}
