/** A change happens as a whole or not at all: the store fails at each statement, and loses each answer, of every change. */
import { getTableName, is, sql } from 'drizzle-orm'
import { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PROBLEMS, type Slug } from '../../src/http/problem-types.ts'
import { connect } from '../../src/store/database.ts'
import * as schema from '../../src/store/schema.ts'
import { faultyD1, withFault, type Fault } from '../support/faulty-database.ts'
import { account, call, env, PASSWORD } from '../support/service.ts'

/** Passwords are hashed hundreds of times here, and how well is not what is asked. */
const { subtle } = crypto
const { deriveBits } = subtle
subtle.deriveBits = (algorithm, key, length) =>
  deriveBits(typeof algorithm === 'string' ? algorithm : { ...algorithm, iterations: 1 }, key, length)

const db = connect(env)
const faulty = { ...env, ...(env.DB && { DB: faultyD1(env.DB) }) }
const tables = Object.values(schema).filter((value) => is(value, SQLiteTable))
const contentTypes = Object.keys(schema.contentTables).length

/** Two accounts that have a bit of everything, of which one does what is tried and the other has nothing to do with it. */
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

/** Every row of every table, and what each search index has. */
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

/** Puts everything back as it was, with the keys that come next. */
async function restore() {
  await db.batch([
    db.run(sql`delete from sqlite_sequence`),
    ...tables.toReversed().map((table) => db.delete(table)),
    ...world.flatMap(({ table, rows }) => rows.map((row) => db.insert(table).values(row))),
  ])
}

/** Nothing is left to time and chance, so that one operation done twice makes the same rows to the last byte. */
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
  /** What a client gets that repeats it because the answer of its last round trip was lost; null: it never learns of it. */
  again: number | null
  /** How many statements it has at least. */
  statements: number
}

const credentials = { email: mine.email, password: PASSWORD }
const newcomer = { username: 'newcomer', email: 'newcomer@example.com', password: PASSWORD }
const NEW_PASSWORD = 'another passphrase nobody uses'

const operations: Record<string, Operation> = {
  register: { path: '/users/register', json: newcomer, status: 201, again: 409, statements: 3 },
  'register with a name that is taken': {
    path: '/users/register',
    json: { ...newcomer, username: other.username },
    status: 409,
    again: 409,
    statements: 3,
  },
  login: { path: '/users/login', json: credentials, status: 200, again: 200, statements: 5 },
  'login that makes the hash anew': {
    path: '/users/login',
    json: credentials,
    env: { PASSWORD_PEPPER: 'a pepper that came later' },
    status: 200,
    again: 200,
    statements: 6,
  },
  'login with a wrong password': {
    path: '/users/login',
    json: { ...credentials, password: 'not it' },
    status: 401,
    again: null,
    statements: 4,
  },
  refresh: {
    path: '/users/refresh',
    json: { refresh_token: newest.refresh_token },
    status: 200,
    again: null,
    statements: 3,
  },
  'refresh with a stolen token': {
    path: '/users/refresh',
    json: { refresh_token: mine.second.refresh_token },
    status: 401,
    again: null,
    statements: 3,
  },
  'password change': {
    method: 'PUT',
    path: '/users/me/password',
    json: { current_password: PASSWORD, new_password: NEW_PASSWORD },
    token: mine.token,
    status: 204,
    again: 403,
    statements: 4,
  },
  'username change': {
    method: 'PATCH',
    path: '/users/me',
    json: { username: 'renamed' },
    token: mine.token,
    status: 200,
    again: 200,
    statements: 2 + contentTypes,
  },
  'e-mail change': {
    method: 'PATCH',
    path: '/users/me',
    json: { email: 'renamed@example.com', current_password: PASSWORD },
    token: mine.token,
    status: 200,
    again: 200,
    statements: 4,
  },
  'change of both': {
    method: 'PATCH',
    path: '/users/me',
    json: { username: 'renamed', email: 'renamed@example.com', current_password: PASSWORD },
    token: mine.token,
    status: 200,
    again: 200,
    statements: 4 + contentTypes,
  },
  deletion: {
    path: '/users/me/delete',
    json: { current_password: PASSWORD },
    token: mine.token,
    status: 204,
    again: 401,
    statements: 4 + contentTypes,
  },
  'create post': {
    path: '/posts',
    json: { title: 'After', body: 'All is well again.' },
    token: mine.token,
    status: 201,
    again: 201,
    statements: 1,
  },
  'create post with a key': {
    path: '/posts',
    json: { title: 'After', body: 'All is well again.' },
    token: mine.token,
    headers: { 'Idempotency-Key': 'once' },
    status: 201,
    again: null,
    statements: 5,
  },
  'change post': {
    method: 'PATCH',
    path: '/posts/1',
    json: { title: 'After' },
    token: mine.token,
    status: 200,
    again: 200,
    statements: 1,
  },
  'publish post': {
    method: 'PUT',
    path: '/posts/1/publish',
    token: mine.token,
    status: 200,
    again: null,
    statements: 1,
  },
  'delete post': { method: 'DELETE', path: '/posts/1', token: mine.token, status: 204, again: 404, statements: 1 },
}

/** Does the operation; the same `chance` draws the same salts and the same handles. */
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
  return { ...counted, answer: result, state: await dump() }
}

/** What it does to the store and how it is answered where nothing fails. */
async function performWell(operation: Operation) {
  await restore()
  expect(await dump()).toEqual(before)
  const done = await perform(operation, null)
  expect(done.answer.status).toBe(operation.status)
  return done
}

/** These members and no more: nothing of a statement, of its parameters or of what the store said. */
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

test.each(Object.entries(operations))('%s: where a statement fails nothing has happened', async (name, operation) => {
  const done = await performWell(operation)
  let tried = 0
  for (;;) {
    await restore()
    const failed = await perform(operation, { statement: tried + 1 })
    if (failed.statements === tried) {
      expect(failed.answer.status).toBe(operation.status)
      break
    }
    tried++
    expectProblem(failed.answer, 'internal-error')
    // An attempt with a password is counted in a batch of its own, before the password is verified.
    const isCounted = failed.trips > 1 && PASSWORD_OPERATIONS.has(name)
    expect(isCounted ? withoutAttempts(failed.state) : failed.state).toEqual(
      isCounted ? withoutAttempts(before) : before,
    )

    const repeated = await perform(operation, null)
    expect(withoutChance(repeated.answer.body)).toEqual(withoutChance(done.answer.body))
    expect(repeated.state).toEqual(done.state)
  }
  expect(tried).toBe(done.statements)
  expect(tried).toBeGreaterThanOrEqual(operation.statements)
})

test.each(Object.entries(operations))(
  '%s: where the answer is lost all of it has happened, once',
  async (_, operation) => {
    const done = await performWell(operation)
    for (let answer = 1; answer <= done.trips; answer++) {
      await restore()
      const failed = await perform(operation, { answer })
      // Only the last round trip writes; what an earlier one has read is read again.
      expect(failed.state).toEqual(done.state)
      if (answer < done.trips || operation.again === null) {
        expect(failed.answer.status).toBe(operation.status)
        expect(failed.answer.headers.has('Idempotent-Replayed')).toBe(false)
        expect(withoutChance(failed.answer.body)).toEqual(withoutChance(done.answer.body))
        expect(failed.trips).toBe(done.trips + 1)
        continue
      }
      expectProblem(failed.answer, 'outcome-unknown')
      expect(failed.trips).toBe(answer)
      const repeated = await perform(operation, null, 100)
      expect(repeated.answer.status).toBe(operation.again)
    }
    expect(done.trips).toBeGreaterThan(0)
  },
)

test('each operation but the one that is refused changes something, so that nothing is not all', async () => {
  const idle: string[] = []
  for (const [name, operation] of Object.entries(operations)) {
    const { state } = await performWell(operation)
    if (JSON.stringify(state) === JSON.stringify(before)) idle.push(name)
  }
  expect(idle).toEqual(['register with a name that is taken'])
})

test('the failing statement is seen by the engine: outside a batch, what came before it stays', async () => {
  await restore()
  const store = connect(faulty)
  const work = async () => {
    await store.delete(schema.sessions)
    await store.delete(schema.loginAttempts)
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

/** An answer's body without what is drawn anew for each: an access token's id, and a request's. */
const withoutChance = (body: unknown) =>
  typeof body === 'object' ? { ...body, access_token: undefined, request_id: undefined } : body
