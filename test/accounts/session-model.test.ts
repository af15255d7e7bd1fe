/**
 * Model test of accounts, sessions and the login throttle: after any sequence of requests, the responses and the state of
 * the service equal those of the model.
 *
 * A run is a list of steps that fast-check generates, and shrinks if it fails. To repeat a failure, pass the `seed` and
 * `path` that it prints: `VITE_MODEL_SEED=… VITE_MODEL_PATH=… npx vitest run --project d1 test/accounts/session-model.test.ts`.
 * For more runs than `npm run test:slow` makes: `npm run session-model -- [runs]`.
 */
import { env as bindings } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { connect } from '../../src/store/database.ts'
import { loginAttempts, reservedUsernames, sessions, signInNetworks, users } from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { call, env, PASSWORD } from '../support/service.ts'
import * as model from '../support/session-model.ts'
import { claimsOf } from '../support/tokens.ts'

declare global {
  interface ImportMeta {
    readonly env: Record<string, string | undefined>
  }
}
const { VITE_MODEL_RUNS, VITE_MODEL_SEED, VITE_MODEL_PATH } = import.meta.env
const runs = Number(VITE_MODEL_RUNS ?? (bindings.PACE === 'slow' ? 300 : 30))

/** Names, each in several spellings. There are few, so that accounts compete for them. */
const PEOPLE = [
  ['anna', 'ANNA', 'ａｎｎａ'],
  ['björn', 'bjo\u0308rn', 'BJÖRN'],
  ['chi', 'Chi', 'CHI'],
  ['dora', 'Dora', 'DORA'],
]
const PASSWORDS = [PASSWORD, 'pâté de campagne', 'another passphrase']
const WRONG = 'not the passphrase'

const BEGINNING = Date.UTC(2031, 0, 1)
const SECOND = 1000
const DAY = 24 * 3600 * SECOND

const mostly = <T>(usual: T, others: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: others })

const name = mostly<string>('anna', fc.constantFrom(...PEOPLE.flat()))
const otherName = fc.constantFrom(...PEOPLE.flat())
const newPassword = fc.constantFrom(...PASSWORDS)
const password = mostly<string>('right', fc.constantFrom(...PASSWORDS, WRONG))

/** Chooses a session or token: counted back from the newest, among the active ones or all. */
const among = mostly<'active' | 'all'>('active', fc.constant('all'))
const which = fc.record({ back: mostly(0, fc.nat(4)), of: among })
const whichever = fc.record({ back: fc.nat(4), of: among })

/** A time, often just before, at or just after an expiry. */
const around = (end: number) => fc.integer({ min: end - 1, max: end + 1 })
const time = fc.oneof(
  { weight: 5, arbitrary: fc.nat(60 * SECOND) },
  { weight: 5, arbitrary: around(120 * SECOND) },
  { weight: 2, arbitrary: around(900 * SECOND) },
  { weight: 1, arbitrary: around(DAY) },
  { weight: 1, arbitrary: around(30 * DAY) },
  { weight: 1, arbitrary: fc.nat(31 * DAY) },
)
const times = fc.oneof({ weight: 2, arbitrary: fc.integer({ min: 1, max: 3 }) }, fc.integer({ min: 9, max: 20 }))
/** The time between two attempts. */
const pause = fc.oneof(
  fc.constant<'none' | 'Retry-After'>('none'),
  fc.constant<'none' | 'Retry-After'>('Retry-After'),
  around(DAY),
)

const anyStep = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('register'),
      username: otherName,
      email: otherName,
      password: newPassword,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('login'), by: fc.constantFrom('username', 'email'), name, password }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('guess'), name, times, pause }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('refresh'), which, before: fc.constantFrom(0, 0, 0, 1, 1, 1, 2, 3) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('forge'), which, how: fc.constantFrom('next counter', 'another MAC') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('logout'), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('revoke'), which, target: fc.option(whichever) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke others'), which }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('change password'), which, current: password, next: newPassword }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('change username'), which, username: otherName }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('change e-mail'), which, email: otherName, current: password }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete'), which, current: password }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('wait'), time }) },
)
type Step = typeof anyStep extends fc.Arbitrary<infer S> ? S : never
type Which = typeof which extends fc.Arbitrary<infer W> ? W : never

const steps = fc.array(anyStep, { maxLength: 20, size: 'max' })

const db = connect(env)
/** All requests come from one network, so the rate limit is off. */
const unlimited = { ...env, RATE_LIMITER: { limit: async () => ({ success: true }) } }
const address = (local: string) => `${local}@example.com`

// One log line for each request would hide the result.
vi.spyOn(console, 'info').mockImplementation(() => {})
afterEach(() => void vi.useRealTimers())

// A failure is shrunk before it is reported.
const timeout = 600_000 + runs * 1000

test('the service behaves like the model after any sequence of requests', { timeout }, async () => {
  expect.hasAssertions()
  await fc.assert(fc.asyncProperty(steps, run), {
    numRuns: runs,
    ...(VITE_MODEL_SEED && { seed: Number(VITE_MODEL_SEED) }),
    ...(VITE_MODEL_PATH && { path: VITE_MODEL_PATH }),
  })
})

/** One run. It starts with two accounts with one session each; the newer one is Anna's. */
async function run(list: Step[]): Promise<void> {
  await db.batch([
    db.delete(sessions),
    db.delete(signInNetworks),
    db.delete(loginAttempts),
    db.delete(reservedUsernames),
    db.delete(users),
  ])
  const world = model.newWorld(BEGINNING)
  vi.useFakeTimers({ toFake: ['Date'], now: BEGINNING })
  for (const first of ['björn', 'anna']) {
    await act(world, { do: 'register', username: first, email: first, password: PASSWORD })
  }
  for (const [turn, step] of list.entries()) {
    await act(world, step)
    await compare(world, turn)
  }
}

function pass(world: model.World, milliseconds: number): void {
  world.now += milliseconds
  vi.setSystemTime(world.now)
}

function pick<T>(items: T[], isActive: (item: T) => boolean, { back, of }: Which): T {
  const active = of === 'active' ? items.filter(isActive) : []
  const choice = active.length > 0 ? active : items
  const item = choice.at(-1 - (back % choice.length))
  if (item === undefined) throw new Error('There is nothing to choose from.')
  return item
}

const pickAccess = (world: model.World, choice: Which) =>
  pick(world.accesses, (access) => model.isAccepted(world, access), choice)
const pickSession = (world: model.World, choice: Which) =>
  pick(world.sessions, (session) => model.isActive(world, session), choice)

/** The parts of a response that the model predicts. */
const summary = ({ status, headers, body }: Awaited<ReturnType<typeof call>>): model.Expected => ({
  status,
  ...(status >= 400 && { problem: String(body.type).replace('/problems/', '') }),
  ...(headers.has('Retry-After') && { retryAfter: Number(headers.get('Retry-After')) }),
})

async function expectResponse(
  { status, problem, retryAfter }: model.Expected,
  ...[method, path, options]: Parameters<typeof call>
): Promise<Awaited<ReturnType<typeof call>>> {
  const response = await call(method, path, {
    ...options,
    headers: { 'CF-Connecting-IP': '192.0.2.1' },
    env: unlimited,
  })
  expect(summary(response)).toEqual({ status, ...(problem && { problem }), ...(retryAfter && { retryAfter }) })
  return response
}

/** Performs one step in the model and in the service. */
async function act(world: model.World, step: Step): Promise<void> {
  switch (step.do) {
    case 'register': {
      const input = { username: step.username, email: address(step.email), password: step.password }
      const expected = model.register(world, input)
      const { body } = await expectResponse(expected, 'POST', '/users/register', { json: input })
      if (expected.status === 201) begin(world, model.registered(world, body.user.id, input), body)
      return
    }
    case 'login': {
      const names = step.by === 'email' ? { email: address(step.name) } : { username: step.name }
      const owner = model.findAccount(world, names)
      const input = { ...names, password: rightFor(owner, step.password) }
      const expected = model.login(world, input)
      const { body } = await expectResponse(expected, 'POST', '/users/login', { json: input })
      if (expected.status === 200 && owner) begin(world, owner, body)
      return
    }
    case 'guess': {
      const json = { username: step.name, password: WRONG }
      for (let count = 0; count < step.times; count++) {
        const expected = model.login(world, json)
        const { headers } = await expectResponse(expected, 'POST', '/users/login', { json })
        const retryAfter = Number(headers.get('Retry-After')) * SECOND
        if (step.pause !== 'none') pass(world, step.pause === 'Retry-After' ? retryAfter : step.pause)
      }
      return
    }
    case 'refresh': {
      const session = pickSession(world, step.which)
      const place = Math.max(0, session.refreshTokens.length - 1 - step.before)
      const json = { refresh_token: session.refreshTokens[place] }
      const { gets, ...expected } = model.refresh(world, session, place)
      const { body } = await expectResponse(expected, 'POST', '/users/refresh', { json })
      if (gets === 'current') expect(body.refresh_token).toBe(session.refreshTokens.at(-1))
      if (gets === 'new') expect(session.refreshTokens).not.toContain(body.refresh_token)
      if (gets) model.refreshed(world, session, gets, body)
      return
    }
    case 'forge': {
      const token = pickSession(world, step.which).refreshTokens.at(-1) ?? ''
      const [selector, counter, mac = ''] = token.split('.')
      const other = `${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`
      const forged =
        step.how === 'next counter' ? `${selector}.${Number(counter) + 1}.${mac}` : `${selector}.${counter}.${other}`
      await expectResponse(model.refreshForged(), 'POST', '/users/refresh', { json: { refresh_token: forged } })
      return
    }
    case 'logout': {
      const access = pickAccess(world, step.which)
      await expectResponse(model.logout(world, access), 'POST', '/users/logout', { token: access.token })
      return
    }
    case 'revoke': {
      const access = pickAccess(world, step.which)
      const target = step.target && pickSession(world, step.target)
      const path = `/users/me/sessions/${target?.id ?? 'A'.repeat(22)}`
      await expectResponse(model.revoke(world, access, target), 'DELETE', path, { token: access.token })
      return
    }
    case 'revoke others': {
      const access = pickAccess(world, step.which)
      const expected = model.revokeOthers(world, access)
      await expectResponse(expected, 'DELETE', '/users/me/sessions', { token: access.token })
      return
    }
    case 'change password': {
      const access = pickAccess(world, step.which)
      const json = { current_password: rightFor(access.session.owner, step.current), new_password: step.next }
      const expected = model.changePassword(world, access, json.current_password, json.new_password)
      await expectResponse(expected, 'PUT', '/users/me/password', { token: access.token, json })
      return
    }
    case 'change username': {
      const access = pickAccess(world, step.which)
      const json = { username: step.username }
      const expected = model.changeNames(world, access, json)
      await expectResponse(expected, 'PATCH', '/users/me', { token: access.token, json })
      return
    }
    case 'change e-mail': {
      const access = pickAccess(world, step.which)
      const email = address(step.email)
      const current_password = rightFor(access.session.owner, step.current)
      const expected = model.changeNames(world, access, { email }, current_password)
      const json = { email, current_password }
      await expectResponse(expected, 'PATCH', '/users/me', { token: access.token, json })
      return
    }
    case 'delete': {
      const access = pickAccess(world, step.which)
      const json = { current_password: rightFor(access.session.owner, step.current) }
      const expected = model.deleteAccount(world, access, json.current_password)
      await expectResponse(expected, 'POST', '/users/me/delete', { token: access.token, json })
      return
    }
    case 'wait':
      pass(world, step.time)
  }
}

/** Replaces the placeholder `right` with the password of the account. */
const rightFor = (owner: model.Account | undefined, given: string) =>
  given === 'right' ? (owner?.password ?? PASSWORD) : given

type Auth = Parameters<typeof model.sessionCreated>[3]
const begin = (world: model.World, owner: model.Account, auth: Auth) =>
  model.sessionCreated(world, owner, String(claimsOf(auth.access_token).sid), auth)

/** Compares the database with the model, and the responses for some tokens, which differ from turn to turn. */
async function compare(world: model.World, turn: number): Promise<void> {
  const lister = pickAccess(world, { back: turn, of: 'active' })
  const others = new Set([world.accesses.at(-1), world.accesses[turn % world.accesses.length]])
  others.delete(lister)
  await Promise.all([
    checkDatabase(world),
    checkList(world, lister),
    ...[...others].flatMap((access) => (access ? [checkAccess(world, access)] : [])),
  ])
}

async function checkDatabase(world: model.World): Promise<void> {
  const [accounts, rows, counts] = await db.batch([
    db.select({ id: users.id, username: users.username, email: users.email }).from(users).orderBy(users.id),
    db.select().from(sessions).orderBy(sessions.id),
    db.select().from(loginAttempts),
  ])
  expect(accounts).toEqual(world.accounts.map(({ id, username, email }) => ({ id, username, email })))

  const active = world.sessions.filter((session) => model.isActive(world, session))
  expect(
    rows
      .filter(({ expires_at }) => expires_at.getTime() > world.now)
      .map(({ id, user_id, counter }) => ({ id, user_id, counter })),
  ).toEqual(
    active
      .map(({ id, owner, refreshTokens }) => ({ id, user_id: owner.id, counter: refreshTokens.length - 1 }))
      .toSorted((x, y) => (x.id < y.id ? -1 : 1)),
  )

  const counted = counts.map(({ failures, failed_at, retry_at }) => ({
    count: failures,
    lastAt: failed_at.getTime(),
    waitUntil: retry_at.getTime(),
  }))
  expect(remembered(world, counted)).toEqual(remembered(world, [...world.failures.values()]))
}

/** Sorted by values, because the model has other keys than the database. */
const remembered = (world: model.World, failures: model.Failures[]) =>
  failures
    .filter((entry) => model.isRemembered(world, entry))
    .toSorted((a, b) => a.lastAt - b.lastAt || a.count - b.count || a.waitUntil - b.waitUntil)

async function checkAccess(world: model.World, access: model.Access): Promise<void> {
  const expected = model.isAccepted(world, access) ? { status: 200 } : model.INVALID_TOKEN
  const { body } = await expectResponse(expected, 'GET', '/users/me', { token: access.token })
  const { id, username, email } = access.session.owner
  if (expected.status === 200) expect(body).toMatchObject({ id, username, email })
}

async function checkList(world: model.World, access: model.Access): Promise<void> {
  const expected = model.isAccepted(world, access) ? { status: 200 } : model.INVALID_TOKEN
  const { body } = await expectResponse(expected, 'GET', '/users/me/sessions', { token: access.token })
  if (expected.status !== 200) return
  const at = (instant: number) => new Date(instant).toISOString()
  expect(body.items).toEqual(
    model.sessionsOf(world, access.session.owner).map((session) => ({
      id: session.id,
      user_agent: null,
      created_at: at(session.beganAt),
      last_used_at: at(session.rotatedAt),
      expires_at: at(model.endOf(session)),
      current: session === access.session,
    })),
  )
}
