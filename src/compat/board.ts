/** The API of the old board (Flask-RESTPlus) on the same accounts and posts. Differences: docs/migrating.md. */
import { eq, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { z } from 'zod'
import { register } from '../accounts/registration.ts'
import { requireActiveSession } from '../accounts/session.ts'
import { signIn } from '../accounts/sign-in.ts'
import { listOldestFirst } from '../content/chronological.ts'
import { insertItem } from '../content/create-item.ts'
import { throwNotCreated } from '../content/creation-limit.ts'
import { readItem } from '../content/read-item.ts'
import type { AppEnv, CurrentUser } from '../http/context.ts'
import { PROBLEMS } from '../http/problem-types.ts'
import { Problem } from '../http/problem.ts'
import { enforceCompatLimit, enforceMailLimit, limitCreatesOf } from '../http/rate-limit.ts'
import { requireChallenge } from '../http/turnstile.ts'
import { lazy } from '../lazy.ts'
import { posts, users } from '../store/schema.ts'
import { normalizeName, text } from '../text.ts'
import { OldRegistration } from './account-rules.ts'
import type { CompatApi } from './api.ts'
import { schemas } from './board-schemas.ts'
import { flaskTime } from './flask-time.ts'
import { identify, longLived, membersOf, readBody } from './request.ts'

/** The maximum number of posts in the list, and of characters of a listed body, which is the limit of the old board. */
const [MAX_POSTS, MAX_LISTED_BODY] = [1_000, 1_024]

const HELP: Record<string, string> = {
  user_id: "User's ID",
  user_password: "User's PW",
  user_email: "User's Email",
  author_id: "Post's author ID",
  title: "Post's title",
  body: "Post's body",
}

/** A validation error with the body that this API sends for it. */
class BoardError extends Problem {
  readonly body: Record<string, unknown>

  constructor(body: Record<string, unknown>) {
    super('invalid-input')
    this.body = body
  }
}

const invalidField = (field: string, fault: string) =>
  new BoardError({ errors: { [field]: `${HELP[field]} ${fault}` }, message: 'Input payload validation failed' })

const Post = lazy(() => z.object({ title: text(0, 512), body: text(0, 100_000) }))

/** The fields of the body as text, in order. Throws a `BoardError` for the first missing field, or the first that is not text. */
async function readFields(c: Context<AppEnv>, fields: readonly string[]): Promise<string[]> {
  const body = await readBody(c)
  if (body && 'fault' in body) throw new BoardError({ message: `Failed to decode JSON object: ${body.fault}` })
  const members = membersOf(body?.value)
  const missing = fields.find((field) => members.get(field) === undefined)
  if (missing) throw invalidField(missing, 'Missing required parameter in the JSON body')
  return fields.map((field) => {
    const value = members.get(field)
    if (typeof value === 'string') return value
    if (typeof value === 'bigint') return String(value)
    throw invalidField(field, 'must be a string')
  })
}

/** Accepts the token with or without `Bearer`. Throws `invalid-token` (401). */
async function authenticate(c: Context<AppEnv>): Promise<CurrentUser> {
  const token = (c.req.header('Authorization') ?? '').replace(/^bearer +/i, '')
  const currentUser = await identify(c, token)
  if (!currentUser) throw new Problem('invalid-token')
  return currentUser
}

type Author = { id: number; created: Date; user_id: string }

const authorOf = ({ id, created, user_id }: Author) => ({ created: flaskTime(created), id, user_id })

export const board: CompatApi = {
  name: 'board',
  description: 'The board: users and posts. An error is `{message}`, with `errors` for invalid input.',
  errors: () => schemas().errors,
  routes: {
    'POST /users': {
      summary: 'Create an account',
      isOpen: true,
      body: () => z.object({ user_id: z.string(), user_password: z.string(), user_email: z.string() }),
      success: () => schemas().User,
      async handle(c) {
        await enforceCompatLimit(c)
        const [name = '', password, email] = await readFields(c, ['user_id', 'user_password', 'user_email'])
        // Clients of this API have no Turnstile token. If one is required, nobody can register here.
        await requireChallenge(c.get('config'), {}, c.req.header('CF-Connecting-IP'))
        if (c.get('config').registration !== 'open') throw new Problem('forbidden')
        await enforceMailLimit(c)
        const { data, error } = OldRegistration().safeParse({ username: name.trim(), email, password })
        if (error) throw invalidRules(error)
        const { user } = await register(c.get('db'), longLived(c), data)
        return c.json({
          created: flaskTime(user.created_at),
          id: user.id,
          user_email: user.email,
          user_id: user.username,
        })
      },
    },
    'POST /user/auth': {
      summary: 'Sign in',
      isOpen: true,
      body: () => z.object({ user_id: z.string(), user_password: z.string() }),
      success: () => schemas().SignedIn,
      async handle(c) {
        await enforceCompatLimit(c)
        const [user_id = '', password = ''] = await readFields(c, ['user_id', 'user_password'])
        const isPossible = [user_id, password].every(
          (sent) => sent !== '' && sent.isWellFormed() && sent.length <= 1024,
        )
        if (!isPossible) throw new Problem('invalid-credentials')
        const { access_token, user } = await signIn(c.get('db'), longLived(c), {
          username: user_id,
          isUsernameOnly: true,
          password,
        })
        return c.json({ access_token, user: user.id })
      },
    },
    'GET /posts': {
      summary: 'List the newest 1,000 posts, oldest first',
      isOpen: true,
      success: () => z.array(schemas().Post),
      notFound: () => schemas().NoPosts,
      async handle(c) {
        const body = sql<string>`case when ${posts.visibility} = 'public' then substr(${posts.body}, 1, ${MAX_LISTED_BODY}) else '' end`
        const page = { own: { body: body.as('listed_body') }, limit: MAX_POSTS, newest: true }
        const rows = await listOldestFirst(c.get('db'), posts, page, null)
        const list = rows.map(({ id, title, author_id, author_name, created_at, author_created_at, ...rest }) => ({
          author: authorOf({ id: author_id, created: author_created_at, user_id: author_name }),
          author_id: author_name,
          body: String(rest['body']),
          created: flaskTime(created_at),
          id,
          title,
        }))
        return c.json(list, list.length > 0 ? 200 : 404)
      },
    },
    'POST /posts': {
      summary: 'Create a post',
      body: () => z.object({ author_id: z.string(), title: z.string(), body: z.string() }),
      success: () => schemas().Post,
      async handle(c) {
        const currentUser = await authenticate(c)
        await limitCreatesOf(currentUser, c.get('config'), c.env)
        const [author_id = '', title = '', body = ''] = await readFields(c, ['author_id', 'title', 'body'])
        const { error } = Post().safeParse({ title, body })
        if (error) throw invalidRules(error)
        const [db, now] = [c.get('db'), Date.now()]
        const isAuthor = eq(users.username_normalized, normalizeName(author_id))
        const draft = { title, body, visibility: 'members' as const, published_at: new Date(now) }
        const [[item], [author]] = await db.batch([
          insertItem(db, posts, currentUser, draft, now, isAuthor),
          db
            .select({ created: users.created_at, name: users.username_normalized })
            .from(users)
            .where(eq(users.id, currentUser.userId)),
        ])
        if (!item || !author) {
          await requireActiveSession(db, currentUser, now)
          if (author?.name !== normalizeName(author_id)) throw new Problem('forbidden')
          return throwNotCreated(db, posts, currentUser, draft, now)
        }
        const shown = authorOf({ id: item.author_id, created: author.created, user_id: item.author_name })
        return c.json({ author: shown, author_id, body, created: flaskTime(item.created_at), id: item.id, title })
      },
    },
    'GET /post/{id}': {
      summary: 'Read a post',
      success: () => schemas().Post,
      async handle(c, id) {
        const currentUser = await authenticate(c)
        const item = await readItem(c.get('db'), posts, id, currentUser)
        return c.json({
          author: authorOf({ id: item.author_id, created: item.author_created_at, user_id: item.author_name }),
          author_id: item.author_name,
          body: String(Object(item).body),
          created: flaskTime(item.created_at),
          id: item.id,
          title: item.title,
        })
      },
    },
    'GET /swagger.json': {
      summary: 'Redirect to the OpenAPI document',
      isOpen: true,
      handle: (c) => c.redirect('/openapi.json', 308),
    },
  },

  render(problem, c) {
    const { slug, details } = problem
    const { status, title } = PROBLEMS[slug]
    const headers = details.headers ?? {}
    if (problem instanceof BoardError) return c.json(problem.body, 400)
    if (slug === 'username-taken' || slug === 'email-taken') {
      return c.json(
        { error: details.errors?.map(({ detail }) => detail).join(' ') ?? title, type: 'IntegrityError' },
        409,
      )
    }
    if (slug === 'unauthenticated' || slug === 'invalid-token') {
      return c.body('', 401, {
        'Content-Type': 'text/html; charset=utf-8',
        'WWW-Authenticate': 'Bearer realm="postern"',
      })
    }
    if (slug === 'invalid-credentials') {
      return c.json({ message: 'Wrong user_id or user_password.' }, 401, {
        'WWW-Authenticate': 'Bearer realm="postern"',
      })
    }
    if (slug === 'not-found') return c.json({}, 404)
    return c.json({ message: status === 500 ? 'Internal Server Error' : (details.detail ?? title) }, status, headers)
  },
}

const FIELDS: Record<string, string> = { username: 'user_id', password: 'user_password', email: 'user_email' }

/** The faults of Postern's rules, under the field names of this API. */
function invalidRules(error: z.ZodError): BoardError {
  const faults = error.issues.map(({ path, message }) => {
    const name = String(path[0])
    const field = FIELDS[name] ?? name
    return [field, `${HELP[field]} ${message}`]
  })
  return new BoardError({ errors: Object.fromEntries(faults), message: 'Input payload validation failed' })
}
