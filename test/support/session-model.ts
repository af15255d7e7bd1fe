/**
 * What accounts, sessions and wrong passwords ought to do, in plain objects and without a line of `src/`: each rule
 * changes the world and says what the service has to answer. Tokens, ids and digests are the service's to choose; the
 * world is told of them by `registered`, `began` and `refreshed`.
 */

const SECOND = 1000
const DAY = 24 * 3600 * SECOND

export type Account = { id: number; username: string; email: string; password: string }
/** The last refresh token is the current one, and its place in the list the counter. */
export type Session = {
  id: string
  owner: Account
  refreshTokens: string[]
  beganAt: number
  rotatedAt: number
  isEnded: boolean
}
export type Access = { token: string; session: Session; issuedAt: number }
/** Consecutive wrong passwords of an account, or of a name that nobody has. */
export type Failures = { count: number; lastAt: number; waitUntil: number }

export type World = {
  now: number
  accounts: Account[]
  sessions: Session[]
  accesses: Access[]
  failures: Map<Account | string, Failures>
}

export type Expected = { status: number; problem?: string; retryAfter?: number }
type Credentials = { username?: string; email?: string; password: string }
type Tokens = { access_token: string; refresh_token: string }

export const newWorld = (now: number): World => ({ now, accounts: [], sessions: [], accesses: [], failures: new Map() })

const no = (status: number, problem: string): Expected => ({ status, problem })
export const INVALID_TOKEN = no(401, 'invalid-token')
const INVALID_REFRESH_TOKEN = no(401, 'invalid-refresh-token')
const WRONG_PASSWORD = no(403, 'wrong-password')

/** Names are one in any case and form; what is kept is what was written, composed. */
const same = (a: string) => a.normalize('NFKC').toLowerCase()
const composed = (s: string) => s.normalize('NFC')

/** A session ends 30 days after it began. */
export const endOf = (session: Session) => session.beganAt + 30 * DAY
export const isActive = (world: World, session: Session) => !session.isEnded && world.now < endOf(session)

/** An access token is good for 900 seconds from the whole second of its issue, while its session lives. */
export const isAccepted = (world: World, { session, issuedAt }: Access) =>
  isActive(world, session) && world.now < Math.floor(issuedAt / SECOND) * SECOND + 900 * SECOND

/** The living sessions of an account, the last used first. */
export const sessionsOf = (world: World, owner: Account) =>
  world.sessions
    .filter((session) => session.owner === owner && isActive(world, session))
    .toSorted((a, b) => b.rotatedAt - a.rotatedAt || (a.id < b.id ? -1 : 1))

/** A failure is remembered for 24 hours, the last instant included. */
export const isRemembered = (world: World, { lastAt }: Failures) => world.now <= lastAt + DAY

/** The tenth wrong password and each after it makes the next try wait: 10 seconds, doubling, at most 900. */
const waitAfter = (count: number) => (count < 10 ? 0 : Math.min(10 * 2 ** (count - 10), 900) * SECOND)

/** The one gate in front of every password: null where it opens. While it makes wait, nothing is counted. */
function tryPassword(world: World, who: Account | string, password: string, wrong: Expected): Expected | null {
  const failures = world.failures.get(who)
  if (failures && world.now < failures.waitUntil) {
    return { ...no(429, 'too-many-login-attempts'), retryAfter: Math.ceil((failures.waitUntil - world.now) / SECOND) }
  }
  if (typeof who !== 'string' && who.password === composed(password)) {
    world.failures.delete(who)
    return null
  }
  const count = failures && isRemembered(world, failures) ? failures.count + 1 : 1
  world.failures.set(who, { count, lastAt: world.now, waitUntil: world.now + waitAfter(count) })
  return wrong
}

/** What is wrong with new names, where another account has one of them. */
function findTaken(world: World, { username, email }: { username?: string; email?: string }, self?: Account) {
  const others = world.accounts.filter((account) => account !== self)
  if (username !== undefined && others.some((other) => same(other.username) === same(username)))
    return no(409, 'username-taken')
  if (email !== undefined && others.some((other) => same(other.email) === same(email))) return no(409, 'email-taken')
  return null
}

export const register = (world: World, names: { username: string; email: string }): Expected =>
  findTaken(world, names) ?? { status: 201 }

/** The service made an account. */
export function registered(world: World, id: number, { username, email, password }: Required<Credentials>): Account {
  const account = { id, username: composed(username), email: composed(email), password: composed(password) }
  world.accounts.push(account)
  return account
}

export const findAccount = (world: World, { username, email }: Omit<Credentials, 'password'>) =>
  world.accounts.find((account) =>
    email === undefined ? same(account.username) === same(username ?? '') : same(account.email) === same(email),
  )

export const login = (world: World, input: Credentials): Expected =>
  tryPassword(
    world,
    findAccount(world, input) ?? same(input.email ?? input.username ?? ''),
    input.password,
    no(401, 'invalid-credentials'),
  ) ?? { status: 200 }

/** The service began a session. */
export function sessionCreated(world: World, owner: Account, id: string, tokens: Tokens): void {
  const session = {
    id,
    owner,
    refreshTokens: [tokens.refresh_token],
    beganAt: world.now,
    rotatedAt: world.now,
    isEnded: false,
  }
  world.sessions.push(session)
  world.accesses.push({ token: tokens.access_token, session, issuedAt: world.now })
}

/**
 * The current token gets a new one. The one just before gets the current one once more, for less than 30 seconds after
 * it was used. Any other was stolen, and the session is over.
 */
export function refresh(world: World, session: Session, place: number): Expected & { gets?: 'new' | 'current' } {
  const counter = session.refreshTokens.length - 1
  if (!isActive(world, session)) return INVALID_REFRESH_TOKEN
  if (place === counter) return { status: 200, gets: 'new' }
  if (place === counter - 1 && world.now < session.rotatedAt + 30 * SECOND) return { status: 200, gets: 'current' }
  session.isEnded = true
  return INVALID_REFRESH_TOKEN
}

/** The service answered a refresh. */
export function refreshed(world: World, session: Session, gets: 'new' | 'current', tokens: Tokens): void {
  if (gets === 'new') {
    session.refreshTokens.push(tokens.refresh_token)
    session.rotatedAt = world.now
  }
  world.accesses.push({ token: tokens.access_token, session, issuedAt: world.now })
}

/** What nobody made changes nothing. */
export const refreshForged = (): Expected => INVALID_REFRESH_TOKEN

/** Ends one session of the account that asks: its own, or another of the same account. Null: one that never was. */
export function revoke(world: World, access: Access, target: Session | null): Expected {
  if (!isAccepted(world, access)) return INVALID_TOKEN
  if (!target || target.owner !== access.session.owner || !isActive(world, target)) return no(404, 'not-found')
  target.isEnded = true
  return { status: 204 }
}

export const logout = (world: World, access: Access): Expected => revoke(world, access, access.session)

export function revokeOthers(world: World, access: Access): Expected {
  if (!isAccepted(world, access)) return INVALID_TOKEN
  for (const session of sessionsOf(world, access.session.owner)) session.isEnded = session !== access.session
  return { status: 204 }
}

export function changePassword(world: World, access: Access, current: string, next: string): Expected {
  if (!isAccepted(world, access)) return INVALID_TOKEN
  const refused = tryPassword(world, access.session.owner, current, WRONG_PASSWORD)
  if (refused) return refused
  access.session.owner.password = composed(next)
  return revokeOthers(world, access)
}

/** A username is changed by whoever is signed in, an e-mail address by whoever knows the password too. */
export function changeNames(
  world: World,
  access: Access,
  names: { username?: string; email?: string },
  current?: string,
): Expected {
  if (!isAccepted(world, access)) return INVALID_TOKEN
  const { owner } = access.session
  const refused =
    (current === undefined ? null : tryPassword(world, owner, current, WRONG_PASSWORD)) ??
    findTaken(world, names, owner)
  if (refused) return refused
  if (names.username !== undefined) owner.username = composed(names.username)
  if (names.email !== undefined) owner.email = composed(names.email)
  return { status: 200 }
}

export function deleteAccount(world: World, access: Access, current: string): Expected {
  if (!isAccepted(world, access)) return INVALID_TOKEN
  const { owner } = access.session
  const refused = tryPassword(world, owner, current, WRONG_PASSWORD)
  if (refused) return refused
  for (const session of sessionsOf(world, owner)) session.isEnded = true
  world.accounts = world.accounts.filter((account) => account !== owner)
  return { status: 204 }
}
