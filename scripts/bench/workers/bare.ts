/** The lower bound: a Worker without a framework, with hand-written SQL and the responses of Postern. */

type Env = { DB: D1Database; JWT_SECRET: string }

type Row = {
  id: number
  author_id: number
  author_name: string
  title: string
  visibility: string
  published_at: number | null
  created_at: number
  updated_at: number
  version: number
  body?: string
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url)
    const { method } = request
    if (method === 'POST' && pathname === '/users/login') return login(request, env)
    if (method === 'GET' && pathname === '/posts') return list(env)
    const userId = await verify(request.headers.get('Authorization'), env)
    if (userId === null) return Response.json({ error: 'unauthenticated' }, { status: 401 })
    if (method === 'POST' && pathname === '/posts') return create(await request.json(), userId, env)
    const id = /^\/posts\/(\d+)$/.exec(pathname)?.[1]
    if (method === 'GET' && id !== undefined) return read(Number(id), userId, env)
    return Response.json({ error: 'not found' }, { status: 404 })
  },
}

const LIST = `select posts.id, author_id, username as author_name, title, visibility, published_at, posts.created_at,
    posts.updated_at, version
  from posts cross join users on users.id = author_id where listed_at <= ? order by listed_at desc, posts.id desc limit 21`

export async function list({ DB }: Pick<Env, 'DB'>): Promise<Response> {
  const { results } = await DB.prepare(LIST).bind(Date.now()).all<Row>()
  const last = results[20]
  const next_cursor = last ? `${last.published_at}.${last.id}` : null
  return Response.json({ items: results.slice(0, 20).map(serialize), next_cursor })
}

const READ = `select posts.id, author_id, username as author_name, title, visibility, published_at, posts.created_at,
    posts.updated_at, version, body
  from posts join users on users.id = author_id where posts.id = ?`

export async function read(id: number, userId: number, { DB }: Pick<Env, 'DB'>): Promise<Response> {
  const row = await DB.prepare(READ).bind(id).first<Row>()
  const isVisible = row && (row.author_id === userId || (row.published_at !== null && row.published_at <= Date.now()))
  if (!isVisible) return Response.json({ error: 'not found' }, { status: 404 })
  return Response.json(serialize(row))
}

const CREATE = `insert into posts
  (author_id, title, visibility, published_at, created_at, updated_at, version, body, search_text)
  select id, ?1, ?2, ?3, ?3, ?3, 1, ?4, json_object('title', lower(?1), 'body', lower(?4)) from users where id = ?5
  returning *, (select username from users where id = author_id) as author_name`

type NewPost = { title: string; body: string; visibility?: string }

export async function create(input: unknown, userId: number, { DB }: Pick<Env, 'DB'>): Promise<Response> {
  if (!isNewPost(input)) return Response.json({ error: 'invalid' }, { status: 422 })
  const { title, body, visibility = 'members' } = input
  const now = Date.now()
  const row = await DB.prepare(CREATE).bind(title, visibility, now, body, userId).first<Row>()
  if (!row) return Response.json({ error: 'unauthenticated' }, { status: 401 })
  return Response.json(serialize(row), { status: 201, headers: { Location: `/posts/${row.id}` } })
}

const isNewPost = (input: unknown): input is NewPost =>
  typeof input === 'object' &&
  input !== null &&
  'title' in input &&
  typeof input.title === 'string' &&
  'body' in input &&
  typeof input.body === 'string'

const instant = (time: number | null) => time && new Date(time).toISOString()

const serialize = ({
  id,
  author_id,
  author_name,
  title,
  visibility,
  published_at,
  created_at,
  updated_at,
  version,
  body,
}: Row) => ({
  id,
  version,
  title,
  visibility,
  published_at: instant(published_at),
  created_at: instant(created_at),
  updated_at: instant(updated_at),
  ...(body !== undefined && { body }),
  author: { id: author_id, username: author_name },
})

async function login(request: Request, env: Env): Promise<Response> {
  const { email, password } = await request.json<{ email: string; password: string }>()
  const user = await env.DB.prepare('select id, password_hash from users where email_normalized = ?')
    .bind(email.toLowerCase())
    .first<{ id: number; password_hash: string }>()
  const [, , , salt = '', expected = ''] = user?.password_hash.split('$') ?? []
  const derived = await derive(password, Uint8Array.fromBase64(salt))
  if (!user || !crypto.subtle.timingSafeEqual(derived, Uint8Array.fromBase64(expected))) {
    return Response.json({ error: 'invalid credentials' }, { status: 401 })
  }
  return Response.json({ access_token: await sign(user.id, env) })
}

/** Postern's scheme, so that both do the same work: six chained calls of 100,000 iterations. */
async function derive(password: string, salt: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(password), 'PBKDF2', false, ['deriveBits'])
  for (let call = 0; call < 6; call++) {
    const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: 100_000 }
    salt = new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256))
  }
  return salt
}

const HEADER = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9'
const base64url = { alphabet: 'base64url', omitPadding: true } as const
const encoder = new TextEncoder()

let key: Promise<CryptoKey> | undefined
const keyOf = ({ JWT_SECRET }: Env) =>
  (key ??= crypto.subtle.importKey('raw', encoder.encode(JWT_SECRET), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ]))

async function sign(userId: number, env: Env): Promise<string> {
  const claims = JSON.stringify({ sub: String(userId), exp: Math.floor(Date.now() / 1000) + 900 })
  const signed = `${HEADER}.${encoder.encode(claims).toBase64(base64url)}`
  const signature = await crypto.subtle.sign('HMAC', await keyOf(env), encoder.encode(signed))
  return `${signed}.${new Uint8Array(signature).toBase64(base64url)}`
}

async function verify(authorization: string | null, env: Env): Promise<number | null> {
  const [header, claims, signature] = authorization?.replace(/^Bearer /, '').split('.') ?? []
  if (header !== HEADER || !claims || !signature) return null
  const bytes = Uint8Array.fromBase64(signature, { alphabet: 'base64url' })
  const isGenuine = await crypto.subtle.verify('HMAC', await keyOf(env), bytes, encoder.encode(`${header}.${claims}`))
  if (!isGenuine) return null
  const { sub, exp } = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(claims, { alphabet: 'base64url' })))
  return Date.now() / 1000 < exp ? Number(sub) : null
}
