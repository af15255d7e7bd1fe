/**
 * A model of accounts, sessions and failed attempts in plain objects, without code of `src/`. Each function changes the
 * world and returns the expected response. The service chooses tokens, ids and digests; `registered`, `sessionCreated` and
 * `refreshed` add them to the world. All requests come from one network.
 */

const SECOND = 1000
const DAY = 24 * 3600 * SECOND

export type Account = { id: number; username: string; email: string; password: string; signedInAt: number }
/** The last refresh token is the current one. The index of a token is its counter. */
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
  /** Failed attempts by subject: a typed name in the network, a typed name, or the current password of an account. */
  failures: Map<string, Failures>
  /** Reserved names of renamed and deleted accounts, with the account and the end of the reservation. */
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

/** Names are compared in any case and normalization form, and stored in form C. */
const same = (a: string) => a.normalize('NFKC').toLowerCase()
const composed = (s: string) => s.normalize('NFC')

/** A session expires after 30 days. */
export const endOf = (session: Session) => session.beganAt + 30 * DAY
export const isActive = (world: World, session: Session) => !session.isEnded && world.now < endOf(session)

/** An access token is valid for 900 seconds from the whole second of its issue, while its session is active. */
export const isAccepted = (world: World, { session, issuedAt }: Access) =>
  isActive(world, session) && world.now < Math.floor(issuedAt / SECOND) * SECOND + 900 * SECOND

/** The active sessions of an account, most recently used first. */
export const sessionsOf = (world: World, owner: Account) =>
  world.sessions
    .filter((session) => session.owner === owner && isActive(world, session))
    .toReversed()
    .toSorted((a, b) => b.rotatedAt - a.rotatedAt)

/** A failure is counted for 24 hours, including the last millisecond. */
export const isRemembered = (world: World, { lastAt }: Failures) => world.now <= lastAt + DAY

/** Each failure after the free ones delays the next attempt: by 10 seconds at first, doubling, at most 900. */
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
  const wait = failures ? waitAfter(next, free) : 0
  const waitUntil = wait && world.now + wait
  world.failures.set(subject, { count: next, lastAt: world.now, waitUntil })
}

function throttled(world: World, subjects: string[]): Expected {
  const until = Math.max(...subjects.map((subject) => world.failures.get(subject)?.waitUntil ?? 0))
  return { ...no(429, 'too-many-login-attempts'), retryAfter: Math.ceil((until - world.now) / SECOND) }
}

/** Verifies the current password. The attempt is counted first. Null if the password is correct. */
function tryCurrentPassword(world: World, owner: Account, password: string): Expected | null {
  const subject = `session ${owner.id}`
  if (waits(world, subject)) return throttled(world, [subject])
  countAttempt(world, subject, FREE_PER_NETWORK)
  if (owner.password !== composed(password)) return WRONG_PASSWORD
  world.failures.delete(subject)
  return null
}

/** The error for new names if another account has one of them. */
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

/** Reserves the old username of an account for 90 days. */
const reserve = (world: World, { id, username }: Account) =>
  void world.reserved.set(same(username), { id, until: world.now + 90 * DAY })

export const register = (world: World, names: { username: string; email: string }): Expected =>
  findTaken(world, names) ?? { status: 201 }

/** Adds an account that the service created. */
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

/** A network is known for 30 days after a sign-in or a refresh. Attempts from a known network do not count for the name over all networks. */
export function login(world: World, input: Credentials): Expected {
  const account = findAccount(world, input)
  const typed = same(input.email ?? input.username ?? '')
  const [perNetwork, perName] = [`network ${typed}`, `name ${typed}`]
  const isKnown = account !== undefined && world.now < account.signedInAt + 30 * DAY
  const subjects = isKnown ? [perNetwork] : [perNetwork, perName]
  const blocking = subjects.filter((subject) => waits(world, subject))
  if (blocking.length > 0) {
    // A throttled attempt changes no count.
    return throttled(world, subjects)
  }
  if (!isKnown) countAttempt(world, perName, FREE_PER_NAME)
  countAttempt(world, perNetwork, FREE_PER_NETWORK)
  if (!account || account.password !== composed(input.password)) return no(401, 'invalid-credentials')
  const failures = world.failures.get(perName)
  if (failures && !isKnown) {
    failures.count = Math.max(failures.count - (world.failures.get(perNetwork)?.count ?? 0), 0)
    if (failures.count <= FREE_PER_NAME) failures.waitUntil = 0
  }
  world.failures.delete(perNetwork)
  if (failures?.count === 0) world.failures.delete(perName)
  account.signedInAt = world.now
  return { status: 200 }
}

/** Adds a session that the service created. */
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
 * The current token gets a new one. The previous token gets the current one again, for less than 2 minutes after its
 * rotation. Any other token was stolen and ends the session.
 */
export function refresh(world: World, session: Session, place: number): Expected & { gets?: 'new' | 'current' } {
  const counter = session.refreshTokens.length - 1
  if (!isActive(world, session)) return INVALID_REFRESH_TOKEN
  if (place === counter) return { status: 200, gets: 'new' }
  if (place === counter - 1 && world.now < session.rotatedAt + 120 * SECOND) return { status: 200, gets: 'current' }
  session.isEnded = true
  return INVALID_REFRESH_TOKEN
}

/** Adds the tokens of a successful refresh, which renews a known network once a day. */
export function refreshed(world: World, session: Session, gets: 'new' | 'current', tokens: Tokens): void {
  const { owner } = session
  const age = world.now - owner.signedInAt
  if (age > DAY && age < 30 * DAY) owner.signedInAt = world.now
  if (gets === 'new') {
    session.refreshTokens.push(tokens.refresh_token)
    session.rotatedAt = world.now
  }
  world.accesses.push({ token: tokens.access_token, session, issuedAt: world.now })
}

/** A forged token changes nothing. */
export const refreshForged = (): Expected => INVALID_REFRESH_TOKEN

/** Ends a session of the same account. Null: a session that does not exist. */
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

/** Changes names. A new e-mail address also requires the current password. */
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
