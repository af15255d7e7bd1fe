/**
 * What accounts, sessions and failed attempts are expected to do, in plain objects and without code of `src/`: each rule
 * changes the world and returns the expected response. The service chooses tokens, ids and digests; the world learns them
 * by `registered`, `sessionCreated` and `refreshed`. All requests come from one network.
 */

const SECOND = 1000
const DAY = 24 * 3600 * SECOND

export type Account = { id: number; username: string; email: string; password: string; signedInAt: number }
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
/** Consecutive failed attempts of a subject. */
export type Failures = { count: number; lastAt: number; waitUntil: number }

export type World = {
  now: number
  accounts: Account[]
  sessions: Session[]
  accesses: Access[]
  /** By subject: a typed name in the network, a typed name, or the current password of an account. */
  failures: Map<string, Failures>
  /** Names of renamed and deleted accounts: who had them, and until when they are reserved. */
  reserved: Map<string, { id: number; until: number }>
}

export type Expected = { status: number; problem?: string; retryAfter?: number }
type Credentials = { username?: string; email?: string; password: string }
type Tokens = { access_token: string; refresh_token: string }

export const newWorld = (now: number): World => ({
  now,
  accounts: [],
  sessions: [],
  accesses: [],
  failures: new Map(),
  reserved: new Map(),
})

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

/** From the first failure after the free ones on, each delays the next attempt: 10 seconds, doubling, at most 900. */
const waitAfter = (count: number, free: number) =>
  count <= free ? 0 : Math.min(10 * 2 ** (count - free - 1), 900) * SECOND

const FREE_PER_NETWORK = 9
const FREE_PER_NAME = 99

const waits = (world: World, subject: string) => (world.failures.get(subject)?.waitUntil ?? 0) > world.now

/** Counts one attempt of a subject that does not have to wait. */
function countAttempt(world: World, subject: string, free: number): void {
  const failures = world.failures.get(subject)
  const next = failures && isRemembered(world, failures) ? failures.count + 1 : 1
  // The first attempt of a subject never has to wait.
  const waitUntil = world.now + (failures ? waitAfter(next, free) : 0)
  world.failures.set(subject, { count: next, lastAt: world.now, waitUntil })
}

function throttled(world: World, subjects: string[]): Expected {
  const until = Math.max(...subjects.map((subject) => world.failures.get(subject)?.waitUntil ?? 0))
  return { ...no(429, 'too-many-login-attempts'), retryAfter: Math.ceil((until - world.now) / SECOND) }
}

/** The current password of a session: an attempt is counted before it is known to be right. Null: it is right. */
function tryCurrentPassword(world: World, owner: Account, password: string): Expected | null {
  const subject = `session ${owner.id}`
  if (waits(world, subject)) return throttled(world, [subject])
  countAttempt(world, subject, FREE_PER_NETWORK)
  if (owner.password !== composed(password)) return WRONG_PASSWORD
  world.failures.delete(subject)
  return null
}

/** What is wrong with new names, where another account has one of them. */
function findTaken(world: World, { username, email }: { username?: string; email?: string }, self?: Account) {
  const others = world.accounts.filter((account) => account !== self)
  if (username !== undefined) {
    const reserved = world.reserved.get(same(username))
    const isReserved = reserved !== undefined && reserved.id !== self?.id && world.now < reserved.until
    if (isReserved || others.some((other) => same(other.username) === same(username))) return no(409, 'username-taken')
  }
  if (email !== undefined && others.some((other) => same(other.email) === same(email))) return no(409, 'email-taken')
  return null
}

/** The username that an account gives up stays reserved for it for 90 days. */
const reserve = (world: World, { id, username }: Account) =>
  void world.reserved.set(same(username), { id, until: world.now + 90 * DAY })

export const register = (world: World, names: { username: string; email: string }): Expected =>
  findTaken(world, names) ?? { status: 201 }

/** The service made an account. */
export function registered(world: World, id: number, { username, email, password }: Required<Credentials>): Account {
  const account = {
    id,
    username: composed(username),
    email: composed(email),
    password: composed(password),
    signedInAt: world.now,
  }
  world.accounts.push(account)
  return account
}

export const findAccount = (world: World, { username, email }: Omit<Credentials, 'password'>) =>
  world.accounts.find((account) =>
    email === undefined ? same(account.username) === same(username ?? '') : same(account.email) === same(email),
  )

/** A network is known to an account for 30 days after a sign-in. Its attempts are not counted for the name as a whole. */
export function login(world: World, input: Credentials): Expected {
  const account = findAccount(world, input)
  const typed = same(input.email ?? input.username ?? '')
  const [perNetwork, perName] = [`network ${typed}`, `name ${typed}`]
  const isKnown = account !== undefined && world.now < account.signedInAt + 30 * DAY
  const subjects = isKnown ? [perNetwork] : [perNetwork, perName]
  const blocking = subjects.filter((subject) => waits(world, subject))
  if (blocking.length > 0) {
    // A name that waits leaves the count of the network as it is; a name that does not was counted first.
    return throttled(world, subjects)
  }
  if (!isKnown) countAttempt(world, perName, FREE_PER_NAME)
  countAttempt(world, perNetwork, FREE_PER_NETWORK)
  if (!account || account.password !== composed(input.password)) return no(401, 'invalid-credentials')
  const failures = world.failures.get(perName)
  if (failures && !isKnown) {
    failures.count = Math.max(failures.count - (world.failures.get(perNetwork)?.count ?? 0), 0)
    if (failures.count <= FREE_PER_NAME) failures.waitUntil = world.now
  }
  world.failures.delete(perNetwork)
  if (failures?.count === 0) world.failures.delete(perName)
  account.signedInAt = world.now
  return { status: 200 }
}

/** The service created a session. */
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
 * The current token gets a new one. The one just before gets the current one once more, for less than 2 minutes after
 * it was used. Any other was stolen, and the session is over.
 */
export function refresh(world: World, session: Session, place: number): Expected & { gets?: 'new' | 'current' } {
  const counter = session.refreshTokens.length - 1
  if (!isActive(world, session)) return INVALID_REFRESH_TOKEN
  if (place === counter) return { status: 200, gets: 'new' }
  if (place === counter - 1 && world.now < session.rotatedAt + 120 * SECOND) return { status: 200, gets: 'current' }
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
  const refused = tryCurrentPassword(world, access.session.owner, current)
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
    (current === undefined ? null : tryCurrentPassword(world, owner, current)) ?? findTaken(world, names, owner)
  if (refused) return refused
  if (names.username !== undefined) {
    if (same(names.username) !== same(owner.username)) reserve(world, owner)
    owner.username = composed(names.username)
  }
  if (names.email !== undefined) owner.email = composed(names.email)
  return { status: 200 }
}

export function deleteAccount(world: World, access: Access, current: string): Expected {
  if (!isAccepted(world, access)) return INVALID_TOKEN
  const { owner } = access.session
  const refused = tryCurrentPassword(world, owner, current)
  if (refused) return refused
  for (const session of sessionsOf(world, owner)) session.isEnded = true
  world.accounts = world.accounts.filter((account) => account !== owner)
  world.failures.delete(`session ${owner.id}`)
  reserve(world, owner)
  return { status: 204 }
}
