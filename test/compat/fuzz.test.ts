/**
 * Generated requests to every operation of the old APIs: no response is a 5xx, each has the shape of the document, and
 * nobody changes what is not theirs.
 *
 * To repeat a failure: `VITE_FUZZ_SEED=… VITE_FUZZ_PATH=… npx vitest run --project d1 test/compat/fuzz.test.ts`.
 */
import * as fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { generator } from '../support/generate.ts'
import '../support/hashing.ts'
import { address, character, unexpectedValue, word, type Json } from '../support/odd-values.ts'
import { account, PASSWORD } from '../support/service.ts'
import { document, send } from './replay.ts'

const { VITE_FUZZ_RUNS, VITE_FUZZ_SEED, VITE_FUZZ_PATH } = import.meta.env
const runs = Number(VITE_FUZZ_RUNS ?? 1_000)

// One log line for each request would hide the result.
vi.spyOn(console, 'info').mockImplementation(() => {})

const operations = Object.entries(document.paths)
  .filter(([path]) => path.startsWith('/compat/'))
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, security = [], requestBody }]) => ({
      operationId,
      method: method.toUpperCase(),
      path,
      isOpen: security.length === 0,
      body: Object(requestBody).content?.['application/json'].schema,
    })),
  )
type Target = (typeof operations)[number]

/** Names and addresses that can be new accounts. */
const password = fc.constant<Json>(PASSWORD)
const named = { user_id: word, username: word, user_email: address, email: address, user_password: password, password }
const { fitting, nearly } = generator(document.components.schemas, named)

const mostly = <T>(first: T, ...others: T[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(first) }, { weight: 1, arbitrary: fc.constantFrom(...others) })

const number = fc.oneof(fc.nat(200).map(String), fc.constantFrom('', '-1', '1.5', 'x', '9'.repeat(40), '%00', '+1'))

const planOf = ({ body = { type: 'object' } }: Target) =>
  fc.record({
    isHead: fc.boolean(),
    as: mostly('somebody', 'nobody', 'somebody who is out', 'a token of nobody'),
    about: fc.oneof(
      mostly('own', 'another'),
      fc.constantFrom('0', '01', '-1', '1.0', 'me', '%', '%ff', '%00', '9'.repeat(30), '%EF%BC%91', "1'--"),
    ),
    query: fc.oneof(
      fc.constant(''),
      fc.tuple(number, number).map(([offset, limit]) => `?offset=${offset}&limit=${limit}`),
    ),
    type: mostly(
      'application/json',
      'application/json; charset=utf-8',
      'text/plain',
      'application/x-www-form-urlencoded',
    ),
    // A personal body has the names and the password of the account in the place of the generated ones.
    isPersonal: mostly(true, false),
    body: fc.oneof(
      { weight: 4, arbitrary: fitting(body) },
      { weight: 2, arbitrary: nearly(body) },
      { weight: 1, arbitrary: unexpectedValue },
      { weight: 1, arbitrary: fc.string({ unit: character }).map((raw) => ({ raw })) },
    ),
  })
type Plan = typeof planOf extends (target: Target) => fc.Arbitrary<infer P> ? P : never

const anyRequest = fc.oneof(...operations.map((target) => planOf(target).map((plan) => ({ target, plan }))))

type Person = { username: string; email: string; token: string; post: number; recipe: number }
const json = { 'Content-Type': 'application/json' }
const people: (Person | undefined)[] = []
let oldToken = ''

async function call(person: Pick<Person, 'token'>, path: string, body: object) {
  const headers = { ...json, Authorization: `Bearer ${person.token}` }
  return Object((await send('POST', path, headers, JSON.stringify(body))).body)
}

/** Somebody who is signed in and has a post and a recipe, anew after a request has taken them away. */
async function pick(at: number): Promise<Person> {
  const known = people[at]
  if (known) return known
  const { username, email, token: native } = await account()
  const nobody = { token: native }
  const { access_token: token } = await call(nobody, '/compat/recipes/users/login', { email, password: PASSWORD })
  const post = await call({ token }, '/compat/board/posts', { author_id: username, title: 'One', body: 'Mine' })
  const recipe = await call({ token }, '/compat/recipes/recipes', {
    name: 'One',
    description: null,
    cook_time: 1,
    directions: 'Cook.',
  })
  const person = { username, email, token, post: post.id, recipe: recipe.recipe_id }
  people[at] = person
  return person
}

const tally = new Map(operations.map(({ operationId }) => [operationId, 0]))

async function tryRequest(target: Target, plan: Plan): Promise<void> {
  const { operationId, method, path, isOpen } = target
  const [person, other] = [await pick(0), await pick(1)]
  const owner = plan.about === 'another' ? other : person
  const id = path.includes('/post/') ? owner.post : owner.recipe
  const segment = ['own', 'another'].includes(plan.about) ? String(id) : plan.about
  const tokens: Record<string, string | undefined> = {
    somebody: `Bearer ${person.token}`,
    'somebody who is out': oldToken === '' ? undefined : `Bearer ${oldToken}`,
    'a token of nobody': 'Bearer e30.e30.e30',
  }
  const Authorization = tokens[plan.as]
  const headers = { ...(Authorization && { Authorization }), ...(method !== 'GET' && { 'Content-Type': plan.type }) }
  const sent = method === 'GET' && plan.isHead ? 'HEAD' : method
  const url = path.replace('{id}', segment) + plan.query
  const body = method === 'GET' ? undefined : bodyOf(plan, person)
  const { status, text } = await send(sent, url, headers, body)
  const told = `${sent} ${url} ${JSON.stringify(headers)} ${body} -> ${status} ${text.slice(0, 500)}`

  if (status >= 500) throw new Error(`it broke: ${told}`)
  if (/\$pbkdf2|\bselect\b.*\bfrom\b|SQLITE/i.test(text)) throw new Error(`it tells a hash or SQL: ${told}`)
  if (text.includes(other.email)) throw new Error(`it tells an address: ${told}`)
  const isGranted = status < 400
  if (isGranted && !isOpen && plan.as !== 'somebody') throw new Error(`granted without a token: ${told}`)
  if (isGranted && method !== 'GET' && plan.about === 'another' && path.includes('{id}')) {
    throw new Error(`granted on another's: ${told}`)
  }
  if (isGranted) tally.set(operationId, (tally.get(operationId) ?? 0) + 1)
  if (isGranted && path.endsWith('/users/logout')) oldToken = person.token
  // What is gone or signed out is made anew by the next request.
  if (isGranted && (path.endsWith('/users/logout') || method === 'DELETE')) people[0] = undefined
}

function bodyOf({ body, isPersonal }: Plan, { username, email }: Person): string {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return JSON.stringify(body)
  if ('raw' in body && typeof body['raw'] === 'string') return body['raw']
  if (!isPersonal) return JSON.stringify(body)
  const personal = { author_id: username, user_id: username, email, user_password: PASSWORD, password: PASSWORD }
  // A registration has an address of its own: it stays as it was generated.
  if ('user_email' in body || 'username' in body) return JSON.stringify(body)
  const known = Object.entries(personal).filter(([name]) => name in body)
  return JSON.stringify({ ...body, ...Object.fromEntries(known) })
}

test('no request causes a 5xx, an unknown shape, or a change of what is not theirs', { timeout: 300_000 }, async () => {
  const unseen = () => [...tally].filter(([, granted]) => granted === 0)
  // Each operation has some ten successes in a round. A rare round has none of one operation.
  for (let round = 0; round < 3 && (round === 0 || unseen().length > 0); round++) {
    await fc.assert(
      fc.asyncProperty(anyRequest, async ({ target, plan }) => tryRequest(target, plan)),
      {
        numRuns: runs,
        ...(VITE_FUZZ_SEED && { seed: Number(VITE_FUZZ_SEED) }),
        ...(VITE_FUZZ_PATH && { path: VITE_FUZZ_PATH }),
      },
    )
    if (VITE_FUZZ_PATH || runs < 1_000) return
  }
  expect(unseen()).toEqual([])
})
