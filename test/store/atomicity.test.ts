/** Every change is atomic: the tests make each statement of each change fail, and lose each response of the database. */
import { getTableName, is, sql } from 'drizzle-orm'
import { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PROBLEMS, type Slug } from '../../src/http/problem-types.ts'
import { connect } from '../../src/store/database.ts'
import * as schema from '../../src/store/schema.ts'
import { faultyD1, withFault, type Fault } from '../support/faulty-database.ts'
import { account, call, env, PASSWORD } from '../support/service.ts'

/** Hashing with less work, because these tests hash hundreds of times. */
const { subtle } = crypto
const { deriveBits } = subtle
subtle.deriveBits = (algorithm, key, length) =>
  deriveBits(typeof algorithm === 'string' ? algorithm : { ...algorithm, iterations: 1 }, key, length)

const db = connect(env)
const faulty = { ...env, ...(env.DB && { DB: faultyD1(env.DB) }) }
const tables = Object.values(schema).filter((value) => is(value, SQLiteTable))
const contentTypes = Object.keys(schema.contentTables).length

/** Two accounts with rows in every table. One performs the operations, and nothing of the other may change. */
const mine = await settled()
const other = await settled()
const used = (await call('POST', '/users/refresh', { json: { refresh_token: mine.second.refresh_token } })).body
const newest = (await call('POST', '/users/refresh', { json: { refresh_token: used.refresh_token } })).body
const world = await Promise.all(tables.map(async (table) => ({ table, rows: await db.select().from(table) })))
const before = await dump()
const start = Date.now()

async function settled() {
  const owner = await account()
  const { email, password, token, id } = owner
  const second = (await call('POST', '/users/login', { json: { email, password } })).body
  for (const draft of [true, false]) {
    expect(
      (await call('POST', '/posts', { token, json: { title: 'Before', body: 'All was well.', draft } })).status,
    ).toBe(201)
  }
  expect((await call('POST', '/users/login', { json: { email, password: 'not it' } })).status).toBe(401)
  const longAgo = new Date(0)
  await db.insert(schema.sessions).values({
    id: `over ${id}`,
    user_id: id,
    counter: 0,
    created_at: longAgo,
    last_used_at: longAgo,
    reauthenticated_at: longAgo,
    expires_at: longAgo,
  })
  return { ...owner, second }
}

/** Every row of every table, and the content of each search index. */
async function dump() {
  const indexed = Object.keys(schema.contentTables).map(async (name) => {
    const found = await db.all<{ rowid: number }>(
      sql`select rowid from ${sql.identifier(`${name}_search`)} order by rowid`,
    )
    return [`${name}_search`, found.map(({ rowid }) => rowid)] as const
  })
  const rows = tables.map(async (table) => {
    const found = await db.select().from(table)
    return [getTableName(table), found.map((row) => JSON.stringify(row)).toSorted()] as const
  })
  return Object.fromEntries([...(await Promise.all(rows)), ...(await Promise.all(indexed))])
}

/** Restores the initial state, including the next primary keys. */
async function restore() {
  await db.batch([
    db.run(sql`delete from sqlite_sequence`),
    ...tables.toReversed().map((table) => db.delete(table)),
    ...world.flatMap(({ table, rows }) => rows.map((row) => db.insert(table).values(row))),
  ])
}

/** Time and random values are fixed, so that an operation writes the same bytes each time. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: start })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

type Operation = {
  method?: string
  path: string
  json?: unknown
  token?: string
  headers?: Record<string, string>
  env?: Partial<typeof env>
  status: number
  /** The status of a repeated request after the last response was lost. Null: the service itself repeats the round trip. */
  repeatedStatus: number | null
  /** The minimum number of statements. */
  statements: number
}

const credentials = { email: mine.email, password: PASSWORD }
const newcomer = { username: 'newcomer', email: 'newcomer@example.com', password: PASSWORD }
const NEW_PASSWORD = 'another passphrase nobody uses'

const operations: Record<string, Operation> = {
  register: { path: '/users/register', json: newcomer, status: 201, repeatedStatus: 409, statements: 3 },
  'register with a taken username': {
    path: '/users/register',
    json: { ...newcomer, username: other.username },
    status: 409,
    repeatedStatus: 409,
    statements: 3,
  },
  login: { path: '/users/login', json: credentials, status: 200, repeatedStatus: 200, statements: 5 },
  'login that replaces the hash': {
    path: '/users/login',
    json: credentials,
    env: { PASSWORD_PEPPER: 'a pepper that came later' },
    status: 200,
    repeatedStatus: 200,
    statements: 6,
  },
  'login with a wrong password': {
    path: '/users/login',
    json: { ...credentials, password: 'not it' },
    status: 401,
    repeatedStatus: null,
    statements: 4,
  },
  refresh: {
    path: '/users/refresh',
    json: { refresh_token: newest.refresh_token },
    status: 200,
    repeatedStatus: null,
    statements: 3,
  },
  'refresh with a reused token': {
    path: '/users/refresh',
    json: { refresh_token: mine.second.refresh_token },
    status: 401,
    repeatedStatus: null,
    statements: 3,
  },
  'password change': {
    method: 'PUT',
    path: '/users/me/password',
    json: { current_password: PASSWORD, new_password: NEW_PASSWORD },
    token: mine.token,
    status: 204,
    repeatedStatus: 403,
    statements: 4,
  },
  'username change': {
    method: 'PATCH',
    path: '/users/me',
    json: { username: 'renamed' },
    token: mine.token,
    status: 200,
    repeatedStatus: 200,
    statements: 3,
  },
  'e-mail change': {
    method: 'PATCH',
    path: '/users/me',
    json: { email: 'renamed@example.com', current_password: PASSWORD },
    token: mine.token,
    status: 200,
    repeatedStatus: 200,
    statements: 4,
  },
  'username and e-mail change': {
    method: 'PATCH',
    path: '/users/me',
    json: { username: 'renamed', email: 'renamed@example.com', current_password: PASSWORD },
    token: mine.token,
    status: 200,
    repeatedStatus: 200,
    statements: 4 + contentTypes,
  },
  deletion: {
    path: '/users/me/delete',
    json: { current_password: PASSWORD },
    token: mine.token,
    status: 204,
    repeatedStatus: 401,
    statements: 4 + contentTypes,
  },
  'create post': {
    path: '/posts',
    json: { title: 'After', body: 'All is well again.' },
    token: mine.token,
    status: 201,
    repeatedStatus: 201,
    statements: 1,
  },
  'create post with a key': {
    path: '/posts',
    json: { title: 'After', body: 'All is well again.' },
    token: mine.token,
    headers: { 'Idempotency-Key': 'once' },
    status: 201,
    repeatedStatus: null,
    statements: 5,
  },
  'change post': {
    method: 'PATCH',
    path: '/posts/1',
    json: { title: 'After' },
    token: mine.token,
    status: 200,
    repeatedStatus: 200,
    statements: 1,
  },
  'publish post': {
    method: 'PUT',
    path: '/posts/1/publish',
    token: mine.token,
    status: 200,
    repeatedStatus: null,
    statements: 1,
  },
  'delete post': {
    method: 'DELETE',
    path: '/posts/1',
    token: mine.token,
    status: 204,
    repeatedStatus: 404,
    statements: 1,
  },
}

/** Performs the operation. The same `chance` gives the same salts and selectors. */
async function perform(
  { method = 'POST', path, json, token, headers = {}, env: settings }: Operation,
  fault: Fault | null,
  chance = 0,
) {
  let drawn = chance
  vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
    if (array instanceof Uint8Array) array.fill(++drawn)
    return array
  })
  vi.spyOn(crypto, 'randomUUID').mockImplementation(
    () => `00000000-0000-4000-8000-${String(++drawn).padStart(12, '0')}` as const,
  )
  const sent = { json, headers, ...(token !== undefined && { token }), env: { ...faulty, ...settings } }
  const { result, ...counted } = await withFault(fault, () => call(method, path, sent))
  return { ...counted, response: result, state: await dump() }
}

/** Performs the operation without a fault. */
async function performWell(operation: Operation) {
  await restore()
  expect(await dump()).toEqual(before)
  const done = await perform(operation, null)
  expect(done.response.status).toBe(operation.status)
  return done
}

/** The response has only these members: no statement, no parameters and no message of the database. */
function expectProblem({ status, headers, body }: Awaited<ReturnType<typeof call>>, slug: Slug) {
  expect(status).toBe(500)
  expect(headers.get('Content-Type')).toBe('application/problem+json')
  expect(body).toEqual({
    type: `/problems/${slug}`,
    code: slug,
    title: PROBLEMS[slug].title,
    status: 500,
    request_id: headers.get('X-Request-Id'),
  })
}

test.each(Object.entries(operations))('%s: if a statement fails, nothing is changed', async (name, operation) => {
  const done = await performWell(operation)
  let tried = 0
  for (;;) {
    await restore()
    const failed = await perform(operation, { statement: tried + 1 })
    if (failed.statements === tried) {
      expect(failed.response.status).toBe(operation.status)
      break
    }
    tried++
    expectProblem(failed.response, 'internal-error')
    // An attempt with a password is counted in an earlier batch, before the password is verified.
    const isCounted = failed.trips > 1 && PASSWORD_OPERATIONS.has(name)
    expect(isCounted ? withoutAttempts(failed.state) : failed.state).toEqual(
      isCounted ? withoutAttempts(before) : before,
    )

    const repeated = await perform(operation, null)
    expect(withoutChance(repeated.response.body)).toEqual(withoutChance(done.response.body))
    expect(repeated.state).toEqual(done.state)
  }
  expect(tried).toBe(done.statements)
  expect(tried).toBeGreaterThanOrEqual(operation.statements)
})

test.each(Object.entries(operations))(
  '%s: if the response is lost, everything is changed once',
  async (_, operation) => {
    const done = await performWell(operation)
    for (let response = 1; response <= done.trips; response++) {
      await restore()
      const failed = await perform(operation, { lostResponse: response })
      // Only the last round trip writes. An earlier one is repeated.
      expect(failed.state).toEqual(done.state)
      if (response < done.trips || operation.repeatedStatus === null) {
        expect(failed.response.status).toBe(operation.status)
        expect(failed.response.headers.has('Idempotent-Replayed')).toBe(false)
        expect(withoutChance(failed.response.body)).toEqual(withoutChance(done.response.body))
        expect(failed.trips).toBe(done.trips + 1)
        continue
      }
      expectProblem(failed.response, 'outcome-unknown')
      expect(failed.trips).toBe(response)
      const repeated = await perform(operation, null, 100)
      expect(repeated.response.status).toBe(operation.repeatedStatus)
    }
    expect(done.trips).toBeGreaterThan(0)
  },
)

test('each operation except the refused one changes something', async () => {
  const idle: string[] = []
  for (const [name, operation] of Object.entries(operations)) {
    const { state } = await performWell(operation)
    if (JSON.stringify(state) === JSON.stringify(before)) idle.push(name)
  }
  expect(idle).toEqual(['register with a taken username'])
})

test('the engine executes the failing statement: outside of a batch, earlier statements are kept', async () => {
  await restore()
  const database = connect(faulty)
  const work = async () => {
    await database.delete(schema.sessions)
    await database.delete(schema.loginAttempts)
  }
  await expect(withFault({ statement: 2 }, work)).rejects.toMatchObject({
    cause: { message: expect.stringContaining('malformed JSON') },
  })
  expect(await dump()).toEqual({ ...before, sessions: [] })
})

/** Operations that verify a password in their first round trip. */
const PASSWORD_OPERATIONS = new Set(
  Object.entries(operations).flatMap(([name, { json }]) =>
    /"(current_)?password"/.test(JSON.stringify(json)) && !name.startsWith('register') ? [name] : [],
  ),
)

function withoutAttempts(state: Awaited<ReturnType<typeof dump>>) {
  const { login_attempts: _, ...rest } = state
  return rest
}

/** A response body without random parts: the access token and the request id. */
const withoutChance = (body: unknown) =>
  typeof body === 'object' ? { ...body, access_token: undefined, request_id: undefined } : body
