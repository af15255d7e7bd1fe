/** The API of the old recipe service (Flask-RESTful) on the same accounts and recipes. Where it departs: docs/migrating.md. */
import { sql, type SQL } from 'drizzle-orm'
import type { Context } from 'hono'
import { register } from '../accounts/registration.ts'
import { revokeSession } from '../accounts/session.ts'
import { signIn } from '../accounts/sign-in.ts'
import { listOldestFirst } from '../content/chronological.ts'
import { createItem, deleteItem, publishItem, readItem, updateItem } from '../content/item.ts'
import type { AppEnv, CurrentUser } from '../http/context.ts'
import { PROBLEMS, type Slug } from '../http/problem-types.ts'
import { Problem } from '../http/problem.ts'
import { limitCreatesOf, limitWritesOf } from '../http/rate-limit.ts'
import { requireChallenge } from '../http/turnstile.ts'
import { recipes as table } from '../store/schema.ts'
import { OldRegistration } from './account-rules.ts'
import { explainToken, readHeader } from './jwt-errors.ts'
import { emailFault } from './recipe-email.ts'
import { asText, readRecipe, TEXTS } from './recipe-fields.ts'
import * as schemas from './recipe-schemas.ts'
import { splitSteps, toOldRecipe } from './recipe-shape.ts'
import { identify, limitRate, longLived, membersOf, readBody, type Wire } from './wire.ts'

const MAX_OWN = 1_000
const [MAX_PAGE, DEFAULT_PAGE] = [100, 25]

/** Characters of directions in one list; the rows behind them have none, and are opened one by one. */
const MAX_LISTED = 1_000_000

/** An error of this API, rendered as it stands. */
class Refusal extends Problem {
  readonly body: Record<string, unknown>
  readonly status: 400 | 401 | 422

  constructor(body: Record<string, unknown>, status: 400 | 401 | 422 = 400) {
    super('invalid-input')
    this.body = body
    this.status = status
  }
}

const refusal = (error: string) => new Refusal({ error })

async function authenticate(c: Context<AppEnv>): Promise<CurrentUser> {
  const read = readHeader(c.req.header('Authorization'))
  if ('msg' in read) throw new Refusal({ msg: read.msg }, read.status)
  const currentUser = await identify(c, read.token)
  if (currentUser) return currentUser
  const { msg, status } = await explainToken(c.get('config'), read.token)
  throw new Refusal({ msg }, status)
}

/** The same with the limit of the account's writes. */
async function authenticateWriter(c: Context<AppEnv>): Promise<CurrentUser> {
  const currentUser = await authenticate(c)
  await limitWritesOf(currentUser, c.get('config'), c.env)
  return currentUser
}

/** Throws a 400 for a body that is not JSON, as Flask does. */
async function readMembers(c: Context<AppEnv>): Promise<ReadonlyMap<string, unknown>> {
  const body = await readBody(c)
  if (body === undefined || body === 'malformed') {
    throw new Refusal({ message: 'The browser (or proxy) sent a request that this server could not understand.' })
  }
  return membersOf(body.value)
}

/** The columns of a list. What only members may read, and a very long text, has no directions there. */
const listColumns = () =>
  columnsOf(sql`${table.visibility} = 'public' and length(${table.directions}) <= ${MAX_LISTED / MAX_PAGE}`)

/** One's own, until the list is long: the rows behind that have no directions. */
function ownColumns() {
  const { id, directions } = table
  const soFar = sql`sum(length(${directions})) over (order by ${id} rows ${sql.raw(String(MAX_OWN - 1))} preceding)`
  return columnsOf(sql`${soFar} <= ${MAX_LISTED}`)
}

function columnsOf(isListed: SQL) {
  const { description, servings, cook_minutes, directions } = table
  const listed = sql<string[]>`case when ${isListed} then ${directions} else '[""]' end`
  return { description, servings, cook_minutes, directions: listed.mapWith(directions).as('listed_directions') }
}

type Listed = Awaited<ReturnType<typeof listOldestFirst>>

const success = (c: Context<AppEnv>, more: Record<string, unknown> = {}) => c.json({ result: 'success', ...more })

/** Both names of a list: clients of both years work. */
function listResponse(c: Context<AppEnv>, rows: Listed) {
  const items = rows.map((row) => toOldRecipe(row))
  return success(c, { count: items.length, result_list: items, items })
}

function readNumber(c: Context<AppEnv>, name: string, otherwise: number): number {
  const sent = c.req.query(name)
  if (sent === undefined) return otherwise
  if (!/^\d+$/.test(sent)) throw refusal(`${name} must be a number.`)
  return Math.min(Number(sent), Number.MAX_SAFE_INTEGER)
}

export const recipes: Wire = {
  name: 'recipes',
  description: 'The recipe service: accounts and recipes. An error is `{error}`, or `{msg}` for a token.',
  errors: schemas.ERRORS,
  routes: {
    'POST /users/register': {
      summary: 'Create an account',
      isOpen: true,
      body: schemas.Registration,
      success: schemas.SignedIn,
      async handle(c) {
        await limitRate(c)
        const members = await readMembers(c)
        // A client of this API has no token of Turnstile: where one is required, nobody registers here.
        await requireChallenge(c.get('config'), {}, c.req.header('CF-Connecting-IP'))
        if (c.get('config').registration !== 'open') throw refusal(TEXTS.closed)
        const [sent, email, password] = ['username', 'email', 'password'].map((name) => members.get(name))
        if (typeof email !== 'string') throw refusal(TEXTS.missing('email'))
        const fault = emailFault(email)
        if (fault) throw refusal(fault)
        if (typeof password !== 'string') throw refusal(TEXTS.missing('password'))
        const username = asText(sent)?.trim()
        if (username === undefined) throw refusal(TEXTS.missing('username'))
        const { data, error } = OldRegistration.safeParse({ username, email, password })
        if (error) throw refusal(TEXTS.ofRules(error))
        const { access_token } = await register(c.get('db'), longLived(c), data)
        return success(c, { access_token })
      },
    },
    'POST /users/login': {
      summary: 'Sign in',
      isOpen: true,
      body: schemas.Credentials,
      success: schemas.SignedIn,
      async handle(c) {
        await limitRate(c)
        const members = await readMembers(c)
        const { data } = schemas.Credentials.safeParse(Object.fromEntries(members))
        if (!data) throw refusal(TEXTS.missing('email, password'))
        const isPossible = [data.email, data.password].every(
          (sent) => sent !== '' && sent.isWellFormed() && sent.length <= 1024,
        )
        if (!isPossible) throw new Problem('invalid-credentials')
        const { access_token } = await signIn(c.get('db'), longLived(c), data)
        return success(c, { access_token })
      },
    },
    'POST /users/logout': { summary: 'Sign out', success: schemas.Success, handle: logOut },
    'DELETE /users/logout': { summary: 'Sign out', success: schemas.Success, handle: logOut },
    'GET /recipes': {
      summary: 'Published recipes, oldest first',
      isOpen: true,
      query: schemas.Page,
      success: schemas.List,
      async handle(c) {
        const [offset, limit] = [readNumber(c, 'offset', 0), readNumber(c, 'limit', DEFAULT_PAGE)]
        const page = { own: listColumns(), offset, limit: Math.min(limit, MAX_PAGE) }
        return listResponse(c, await listOldestFirst(c.get('db'), table, page, null))
      },
    },
    'POST /recipes': {
      summary: 'Write a recipe, as a draft',
      body: schemas.RecipeBody,
      success: schemas.Created,
      async handle(c) {
        const currentUser = await authenticate(c)
        await limitCreatesOf(currentUser, c.get('config'), c.env)
        const { recipe, fault } = readRecipe(await readMembers(c))
        if (!recipe) throw refusal(fault)
        const { directions, ...rest } = recipe
        const draft = { ...rest, directions: splitSteps(directions), visibility: 'public' as const, published_at: null }
        const item = await createItem(c.get('db'), table, currentUser, draft)
        return success(c, { recipe_id: item.id })
      },
    },
    'GET /recipes/me': {
      summary: 'All recipes of the current user, drafts too',
      query: schemas.Page,
      success: schemas.List,
      async handle(c) {
        const currentUser = await authenticate(c)
        const [offset, limit] = [readNumber(c, 'offset', 0), readNumber(c, 'limit', MAX_OWN)]
        const page = { own: ownColumns(), offset, limit: Math.min(limit, MAX_OWN) }
        return listResponse(c, await listOldestFirst(c.get('db'), table, page, currentUser))
      },
    },
    'GET /recipes/{id}': {
      summary: 'One recipe',
      isOpen: true,
      success: schemas.One,
      async handle(c, id) {
        const read = readHeader(c.req.header('Authorization'))
        const currentUser = 'token' in read ? await identify(c, read.token) : null
        const found = readItem(c.get('db'), table, id, currentUser)
        // A token that is not good, or no longer, is as none.
        const item = await (currentUser
          ? found.catch((error: unknown) => {
              if (error instanceof Problem && error.slug === 'invalid-token')
                return readItem(c.get('db'), table, id, null)
              throw error
            })
          : found)
        const recipe = toOldRecipe(item)
        return success(c, { info: recipe, item: recipe })
      },
    },
    'PUT /recipes/{id}': {
      summary: 'Replace a recipe',
      body: schemas.RecipeBody,
      success: schemas.Success,
      async handle(c, id) {
        const currentUser = await authenticateWriter(c)
        const members = await readMembers(c)
        const { recipe, fault } = readRecipe(members)
        const db = c.get('db')
        if (!recipe) {
          // Whose recipe it is comes before what is wrong with the fields.
          const item = await readItem(db, table, id, currentUser)
          throw item.author_id === currentUser.userId ? refusal(fault) : new Problem('forbidden')
        }
        const { directions, servings, ...rest } = recipe
        const changes = {
          ...rest,
          directions: splitSteps(directions),
          ...(members.has('num_of_servings') && { servings }),
        }
        await updateItem(db, table, { id, versions: undefined }, currentUser, changes)
        return success(c)
      },
    },
    'DELETE /recipes/{id}': {
      summary: 'Delete a recipe',
      success: schemas.Success,
      async handle(c, id) {
        await deleteItem(c.get('db'), table, { id, versions: undefined }, await authenticateWriter(c))
        return success(c)
      },
    },
    'PUT /recipes/{id}/publish': {
      summary: 'Publish a recipe',
      success: schemas.Success,
      handle: (c, id) => publish(c, id, undefined),
    },
    'DELETE /recipes/{id}/publish': {
      summary: 'Make a draft of a recipe',
      success: schemas.Success,
      handle: (c, id) => publish(c, id, null),
    },
  },

  render(problem, c) {
    const { slug, details } = problem
    const { status, title } = PROBLEMS[slug]
    if (problem instanceof Refusal) {
      return c.json(problem.body, problem.status, problem.status === 401 ? CHALLENGE : undefined)
    }
    if (slug === 'invalid-token') return c.json({ msg: 'Token has been revoked' }, 401, CHALLENGE)
    if (slug === 'forbidden') return c.json({ error: TEXTS.notOwn }, 401, CHALLENGE)
    const error = ERRORS[slug]
    return error ? c.json({ error }, 400) : c.json({ error: details.detail ?? title }, status, details.headers)
  },
}

const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="postern"' }

/** The problems that are a 400 here. What only members may read is as unknown without a token. */
const ERRORS: Partial<Record<Slug, string>> = {
  'invalid-credentials': TEXTS.wrongPassword,
  'not-found': TEXTS.unknownRecipe,
  unauthenticated: TEXTS.unknownRecipe,
  'username-taken': TEXTS.taken,
  'email-taken': TEXTS.taken,
}

async function logOut(c: Context<AppEnv>) {
  const currentUser = await authenticate(c)
  await revokeSession(c.get('db'), c.get('caller'), currentUser, currentUser.sessionId)
  return success(c)
}

async function publish(c: Context<AppEnv>, id: number, at: null | undefined) {
  await publishItem(c.get('db'), table, { id, versions: undefined }, await authenticateWriter(c), at)
  return success(c)
}
