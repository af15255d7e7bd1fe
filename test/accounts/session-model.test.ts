/**
 * The service against the model: whatever is asked in whatever order, both answer alike and are left alike.
 *
 * A run is a list of steps that fast-check makes up, and shortens where it fails. To repeat a failure, give back the
 * `seed` and `path` that it prints: `VITE_MODEL_SEED=… VITE_MODEL_PATH=… npx vitest run --project d1 test/accounts/session-model.test.ts`;
 * for more runs than `npm run test:slow` makes: `npm run session-model -- [runs]`.
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

/** Each person has spellings of one name; accounts meet at these names, and at those that nobody has. */
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

/** Which one: so many back from the newest, of those that live or of all there ever were. */
const among = mostly<'living' | 'all'>('living', fc.constant('all'))
const which = fc.record({ back: mostly(0, fc.nat(4)), of: among })
const whichever = fc.record({ back: fc.nat(4), of: among })

/** Some time, or up to an instant before, at or after something ends. */
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
/** Between one try and the next. */
const pause = fc.oneof(fc.constant<'none' | 'as told'>('none'), fc.constant<'none' | 'as told'>('as told'), around(DAY))

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
/** All requests come from one network, and the rate limit is not what is tested here. */
const unlimited = { ...env, RATE_LIMITER: { limit: async () => ({ success: true }) } }
const address = (local: string) => `${local}@example.com`

// A line a request would be a line too many.
vi.spyOn(console, 'info').mockImplementation(() => {})
afterEach(() => void vi.useRealTimers())

// A failure is shortened before it is told.
const timeout = 600_000 + runs * 1000

test('whatever is asked in whatever order, the service answers as the model does', { timeout }, async () => {
  expect.hasAssertions()
  await fc.assert(fc.asyncProperty(steps, run), {
    numRuns: runs,
    ...(VITE_MODEL_SEED && { seed: Number(VITE_MODEL_SEED) }),
    ...(VITE_MODEL_PATH && { path: VITE_MODEL_PATH }),
  })
})

/** One run, in a store that is empty but for two accounts with a session each; the newer one is Anna's. */
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

function pick<T>(items: T[], isLiving: (item: T) => boolean, { back, of }: Which): T {
  const living = of === 'living' ? items.filter(isLiving) : []
  const choice = living.length > 0 ? living : items
  const item = choice.at(-1 - (back % choice.length))
  if (item === undefined) throw new Error('There is none to pick.')
  return item
}

const pickAccess = (world: model.World, choice: Which) =>
  pick(world.accesses, (access) => model.isAccepted(world, access), choice)
const pickSession = (world: model.World, choice: Which) =>
  pick(world.sessions, (session) => model.isActive(world, session), choice)

/** What was answered, as far as the model foretells it. */
const summary = ({ status, headers, body }: Awaited<ReturnType<typeof call>>): model.Expected => ({
  status,
  ...(status >= 400 && { problem: String(body.type).replace('/problems/', '') }),
  ...(headers.has('Retry-After') && { retryAfter: Number(headers.get('Retry-After')) }),
})

async function expectAnswer(
  { status, problem, retryAfter }: model.Expected,
  ...[method, path, options]: Parameters<typeof call>
): Promise<Awaited<ReturnType<typeof call>>> {
  const answer = await call(method, path, { ...options, headers: { 'CF-Connecting-IP': '192.0.2.1' }, env: unlimited })
  expect(summary(answer)).toEqual({ status, ...(problem && { problem }), ...(retryAfter && { retryAfter }) })
  return answer
}

/** Takes one step, in the model and in the service. */
async function act(world: model.World, step: Step): Promise<void> {
  switch (step.do) {
    case 'register': {
      const input = { username: step.username, email: address(step.email), password: step.password }
      const expected = model.register(world, input)
      const { body } = await expectAnswer(expected, 'POST', '/users/register', { json: input })
      if (expected.status === 201) begin(world, model.registered(world, body.user.id, input), body)
      return
    }
    case 'login': {
      const names = step.by === 'email' ? { email: address(step.name) } : { username: step.name }
      const owner = model.findAccount(world, names)
      const input = { ...names, password: rightFor(owner, step.password) }
      const expected = model.login(world, input)
      const { body } = await expectAnswer(expected, 'POST', '/users/login', { json: input })
      if (expected.status === 200 && owner) begin(world, owner, body)
      return
    }
    case 'guess': {
      const json = { username: step.name, password: WRONG }
      for (let count = 0; count < step.times; count++) {
        const expected = model.login(world, json)
        const { headers } = await expectAnswer(expected, 'POST', '/users/login', { json })
        const told = Number(headers.get('Retry-After')) * SECOND
        if (step.pause !== 'none') pass(world, step.pause === 'as told' ? told : step.pause)
      }
      return
    }
    case 'refresh': {
      const session = pickSession(world, step.which)
      const place = Math.max(0, session.refreshTokens.length - 1 - step.before)
      const json = { refresh_token: session.refreshTokens[place] }
      const { gets, ...expected } = model.refresh(world, session, place)
      const { body } = await expectAnswer(expected, 'POST', '/users/refresh', { json })
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
      await expectAnswer(model.refreshForged(), 'POST', '/users/refresh', { json: { refresh_token: forged } })
      return
    }
    case 'logout': {
      const access = pickAccess(world, step.which)
      await expectAnswer(model.logout(world, access), 'POST', '/users/logout', { token: access.token })
      return
    }
    case 'revoke': {
      const access = pickAccess(world, step.which)
      const target = step.target && pickSession(world, step.target)
      const path = `/users/me/sessions/${target?.id ?? 'A'.repeat(22)}`
      await expectAnswer(model.revoke(world, access, target), 'DELETE', path, { token: access.token })
      return
    }
    case 'revoke others': {
      const access = pickAccess(world, step.which)
      const expected = model.revokeOthers(world, access)
      await expectAnswer(expected, 'DELETE', '/users/me/sessions', { token: access.token })
      return
    }
    case 'change password': {
      const access = pickAccess(world, step.which)
      const json = { current_password: rightFor(access.session.owner, step.current), new_password: step.next }
      const expected = model.changePassword(world, access, json.current_password, json.new_password)
      await expectAnswer(expected, 'PUT', '/users/me/password', { token: access.token, json })
      return
    }
    case 'change username': {
      const access = pickAccess(world, step.which)
      const json = { username: step.username }
      const expected = model.changeNames(world, access, json)
      await expectAnswer(expected, 'PATCH', '/users/me', { token: access.token, json })
      return
    }
    case 'change e-mail': {
      const access = pickAccess(world, step.which)
      const email = address(step.email)
      const current_password = rightFor(access.session.owner, step.current)
      const expected = model.changeNames(world, access, { email }, current_password)
      const json = { email, current_password }
      await expectAnswer(expected, 'PATCH', '/users/me', { token: access.token, json })
      return
    }
    case 'delete': {
      const access = pickAccess(world, step.which)
      const json = { current_password: rightFor(access.session.owner, step.current) }
      const expected = model.deleteAccount(world, access, json.current_password)
      await expectAnswer(expected, 'POST', '/users/me/delete', { token: access.token, json })
      return
    }
    case 'wait':
      pass(world, step.time)
  }
}

/** `right` stands for the account's password. */
const rightFor = (owner: model.Account | undefined, given: string) =>
  given === 'right' ? (owner?.password ?? PASSWORD) : given

type Auth = Parameters<typeof model.sessionCreated>[3]
const begin = (world: model.World, owner: model.Account, auth: Auth) =>
  model.sessionCreated(world, owner, String(claimsOf(auth.access_token).sid), auth)

/** What must be so after every step: the store is as the model is, and so is what tokens open, taken by turns. */
async function compare(world: model.World, turn: number): Promise<void> {
  const lister = pickAccess(world, { back: turn, of: 'living' })
  const others = new Set([world.accesses.at(-1), world.accesses[turn % world.accesses.length]])
  others.delete(lister)
  await Promise.all([
    checkStore(world),
    checkList(world, lister),
    ...[...others].flatMap((access) => (access ? [checkAccess(world, access)] : [])),
  ])
}

async function checkStore(world: model.World): Promise<void> {
  const [accounts, rows, counts] = await db.batch([
    db.select({ id: users.id, username: users.username, email: users.email }).from(users).orderBy(users.id),
    db.select().from(sessions).orderBy(sessions.id),
    db.select().from(loginAttempts),
  ])
  expect(accounts).toEqual(world.accounts.map(({ id, username, email }) => ({ id, username, email })))

  const living = world.sessions.filter((session) => model.isActive(world, session))
  expect(
    rows
      .filter(({ expires_at }) => expires_at.getTime() > world.now)
      .map(({ id, user_id, counter }) => ({ id, user_id, counter })),
  ).toEqual(
    living
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

/** In an order that does not depend on whose they are. */
const remembered = (world: model.World, failures: model.Failures[]) =>
  failures
    .filter((entry) => model.isRemembered(world, entry))
    .toSorted((a, b) => a.lastAt - b.lastAt || a.count - b.count || a.waitUntil - b.waitUntil)

async function checkAccess(world: model.World, access: model.Access): Promise<void> {
  const expected = model.isAccepted(world, access) ? { status: 200 } : model.INVALID_TOKEN
  const { body } = await expectAnswer(expected, 'GET', '/users/me', { token: access.token })
  const { id, username, email } = access.session.owner
  if (expected.status === 200) expect(body).toMatchObject({ id, username, email })
}

async function checkList(world: model.World, access: model.Access): Promise<void> {
  const expected = model.isAccepted(world, access) ? { status: 200 } : model.INVALID_TOKEN
  const { body } = await expectAnswer(expected, 'GET', '/users/me/sessions', { token: access.token })
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
