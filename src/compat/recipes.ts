/** The API of the old recipe service (Flask-RESTful) on the same accounts and recipes. Differences: docs/migrating.md. */
import type { Context } from 'hono'
import { register } from '../accounts/registration.ts'
import { revokeSession } from '../accounts/session.ts'
import { signIn } from '../accounts/sign-in.ts'
import { listOldestFirst } from '../content/chronological.ts'
import { createItem } from '../content/create-item.ts'
import { readItem } from '../content/read-item.ts'
import { deleteItem, publishItem, updateItem } from '../content/update-item.ts'
import type { AppEnv, CurrentUser } from '../http/context.ts'
import { Problem } from '../http/problem.ts'
import { enforceCompatLimit, enforceMailLimit, limitCreatesOf, limitWritesOf } from '../http/rate-limit.ts'
import { requireChallenge } from '../http/turnstile.ts'
import { recipes as table } from '../store/schema.ts'
import { OldRegistration } from './account-rules.ts'
import type { CompatApi } from './api.ts'
import { explainToken, readHeader } from './jwt-errors.ts'
import { emailFault } from './recipe-email.ts'
import { badRequest, RecipeError, renderRecipeError, TEXTS } from './recipe-errors.ts'
import { asText, readRecipe } from './recipe-fields.ts'
import { listBody, ownPage, publicPage } from './recipe-list.ts'
import { Credentials, schemas } from './recipe-schemas.ts'
import { splitSteps, toOldRecipe } from './recipe-shape.ts'
import { identify, longLived, membersOf, readBody } from './request.ts'

async function authenticate(c: Context<AppEnv>): Promise<CurrentUser> {
  const read = readHeader(c.req.header('Authorization'))
  if ('msg' in read) throw new RecipeError({ msg: read.msg }, read.status)
  const currentUser = await identify(c, read.token)
  if (currentUser) return currentUser
  const { msg, status } = await explainToken(c.get('config'), read.token)
  throw new RecipeError({ msg }, status)
}

/** The same with the rate limit for writes of the account. */
async function authenticateWriter(c: Context<AppEnv>): Promise<CurrentUser> {
  const currentUser = await authenticate(c)
  await limitWritesOf(currentUser, c.get('config'), c.env)
  return currentUser
}

/** Throws a 400 for a body that is not JSON, as Flask does. */
async function readMembers(c: Context<AppEnv>): Promise<ReadonlyMap<string, unknown>> {
  const body = await readBody(c)
  if (body === undefined || 'fault' in body) {
    throw new RecipeError({ message: 'The browser (or proxy) sent a request that this server could not understand.' })
  }
  return membersOf(body.value)
}

export const recipes: CompatApi = {
  name: 'recipes',
  description: 'The recipe service: accounts and recipes. An error is `{error}`, or `{msg}` for a token.',
  errors: () => schemas().errors,
  routes: {
    'POST /users/register': {
      summary: 'Create an account',
      isOpen: true,
      body: () => schemas().Registration,
      success: () => schemas().SignedIn,
      async handle(c) {
        await enforceCompatLimit(c)
        const members = await readMembers(c)
        // Clients of this API have no Turnstile token. If one is required, nobody can register here.
        await requireChallenge(c.get('config'), {}, c.req.header('CF-Connecting-IP'))
        if (c.get('config').registration !== 'open') throw badRequest(TEXTS.closed)
        await enforceMailLimit(c)
        const [sent, email, password] = ['username', 'email', 'password'].map((name) => members.get(name))
        if (typeof email !== 'string') throw badRequest(TEXTS.missing('email'))
        const fault = emailFault(email)
        if (fault) throw badRequest(fault)
        if (typeof password !== 'string') throw badRequest(TEXTS.missing('password'))
        const username = asText(sent)?.trim()
        const { data, error } = OldRegistration().safeParse({ username, email, password })
        if (error) throw badRequest(TEXTS.ofRules(error))
        const { access_token } = await register(c.get('db'), longLived(c), data)
        return success(c, { access_token })
      },
    },
    'POST /users/login': {
      summary: 'Sign in',
      isOpen: true,
      body: Credentials,
      success: () => schemas().SignedIn,
      async handle(c) {
        await enforceCompatLimit(c)
        const members = await readMembers(c)
        const { data } = Credentials().safeParse(Object.fromEntries(members))
        if (!data) throw badRequest(TEXTS.missing('email, password'))
        const isPossible = [data.email, data.password].every(
          (sent) => sent !== '' && sent.isWellFormed() && sent.length <= 1024,
        )
        if (!isPossible) throw new Problem('invalid-credentials')
        const { access_token } = await signIn(c.get('db'), longLived(c), data)
        return success(c, { access_token })
      },
    },
    'POST /users/logout': { summary: 'Sign out', success: () => schemas().Success, handle: logOut },
    'DELETE /users/logout': { summary: 'Sign out', success: () => schemas().Success, handle: logOut },
    'GET /recipes': {
      summary: 'List published recipes, oldest first',
      isOpen: true,
      query: () => schemas().Page,
      success: () => schemas().List,
      async handle(c) {
        return success(c, listBody(await listOldestFirst(c.get('db'), table, publicPage(c), null)))
      },
    },
    'POST /recipes': {
      summary: 'Create a recipe as a draft',
      body: () => schemas().RecipeBody,
      success: () => schemas().Created,
      async handle(c) {
        const currentUser = await authenticate(c)
        await limitCreatesOf(currentUser, c.get('config'), c.env)
        const { recipe, fault } = readRecipe(await readMembers(c))
        if (!recipe) throw badRequest(fault)
        const { directions, ...rest } = recipe
        const draft = { ...rest, directions: splitSteps(directions), visibility: 'public' as const, published_at: null }
        const item = await createItem(c.get('db'), table, currentUser, draft)
        return success(c, { recipe_id: item.id })
      },
    },
    'GET /recipes/me': {
      summary: 'List the recipes of the current user, drafts included',
      query: () => schemas().Page,
      success: () => schemas().List,
      async handle(c) {
        const currentUser = await authenticate(c)
        return success(c, listBody(await listOldestFirst(c.get('db'), table, ownPage(c), currentUser)))
      },
    },
    'GET /recipes/{id}': {
      summary: 'Read a recipe',
      isOpen: true,
      success: () => schemas().One,
      async handle(c, id) {
        const read = readHeader(c.req.header('Authorization'))
        const currentUser = 'token' in read ? await identify(c, read.token) : null
        const found = readItem(c.get('db'), table, id, currentUser)
        // An invalid or expired token is ignored.
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
      body: () => schemas().RecipeBody,
      success: () => schemas().Success,
      async handle(c, id) {
        const currentUser = await authenticateWriter(c)
        const members = await readMembers(c)
        const { recipe, fault } = readRecipe(members)
        const db = c.get('db')
        if (!recipe) {
          // The check of the owner comes before the faults of the fields.
          const item = await readItem(db, table, id, currentUser)
          throw item.author_id === currentUser.userId ? badRequest(fault) : new Problem('forbidden')
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
      success: () => schemas().Success,
      async handle(c, id) {
        await deleteItem(c.get('db'), table, { id, versions: undefined }, await authenticateWriter(c))
        return success(c)
      },
    },
    'PUT /recipes/{id}/publish': {
      summary: 'Publish a recipe',
      success: () => schemas().Success,
      handle: (c, id) => publish(c, id, undefined),
    },
    'DELETE /recipes/{id}/publish': {
      summary: 'Turn a recipe into a draft',
      success: () => schemas().Success,
      handle: (c, id) => publish(c, id, null),
    },
  },

  render: renderRecipeError,
}

const success = (c: Context<AppEnv>, more: Record<string, unknown> = {}) => c.json({ result: 'success', ...more })

async function logOut(c: Context<AppEnv>) {
  const currentUser = await authenticate(c)
  await revokeSession(c.get('db'), c.get('caller'), currentUser, currentUser.sessionId)
  return success(c)
}

async function publish(c: Context<AppEnv>, id: number, at: null | undefined) {
  await publishItem(c.get('db'), table, { id, versions: undefined }, await authenticateWriter(c), at)
  return success(c)
}
