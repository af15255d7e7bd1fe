/** Every documented problem and success of every operation is produced here. `call` refuses undocumented ones. */
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { sessionSubject, signInSubjects } from '../../src/accounts/login-throttle.ts'
import { readConfig } from '../../src/config.ts'
import type { Env } from '../../src/config.ts'
import { connect } from '../../src/store/database.ts'
import { loginAttempts, mailDays, users } from '../../src/store/schema.ts'
import { CONTENT_TYPES } from '../support/content-types.ts'
import { slugOf, type Operation } from '../support/document.ts'
import '../support/hashing.ts'
import { faultyD1, withFault } from '../support/faulty-database.ts'
import { addressIn, mailTokenFor } from '../support/mail-tokens.ts'
import { mailEnv as env, tokenTo } from '../support/mailbox.ts'
import { ageReauthentication, operatorCall } from '../support/operators.ts'
import { account, call, document, emptyLibsqlUrl, PASSWORD } from '../support/service.ts'

type Call = { path: string; json?: unknown; token?: string; body?: string; headers?: Record<string, string> }
type Settings = Partial<Env>
type Given = { id: string; method: string; path: string; operation: Operation }

const db = connect(env)
const store = { ...env, ...(env.DB && { DB: faultyD1(env.DB) }), SERVER_TIMING: 'on' }
const taken = await account()
const revoked = (await account()).token
await call('POST', '/users/logout', { token: revoked })
const name = () => `n-${crypto.randomUUID().slice(0, 12)}`
const registration = (): Record<string, unknown> => {
  const username = name()
  return { username, email: `${username}@example.com`, password: PASSWORD }
}
const contentTypeOf = (path: string) =>
  Object.values(CONTENT_TYPES).find((contentType) => path.startsWith(contentType.path))

/** A new item. Default: published. */
async function item(path: string, token: string, fields: Record<string, unknown> = {}) {
  const contentType = contentTypeOf(path)
  const json = { ...contentType?.example, draft: false, ...fields }
  return (await call('POST', contentType?.path ?? '', { token, json })).body.id as number
}

/** A successful call of the operation by a new account. */
async function well({ id, path }: Given): Promise<Call & { token: string; userId: number }> {
  if (path.startsWith('/operator/')) return operatorCall(id, path)
  const { token, auth, id: userId, email } = await account()
  const me = { token, userId }
  if (id.startsWith('report')) {
    const reported = await item(path, taken.token, { visibility: 'public' })
    return { ...me, path: path.replace('{id}', String(reported)), json: { reason: 'spam' } }
  }
  const contentType = contentTypeOf(path)
  if (contentType) {
    const at = path.includes('{id}')
      ? path.replace('{id}', String(await item(path, token, { visibility: 'public' })))
      : path
    const json = id.startsWith('create')
      ? contentType.example
      : id.startsWith('update')
        ? { title: 'Changed' }
        : undefined
    return { ...me, path: at, ...(json && { json }) }
  }
  const mailToken = await mailTokenFor(id, { id: userId, token })
  const bodies: Record<string, unknown> = {
    register: registration(),
    login: { email, password: PASSWORD },
    refresh: { refresh_token: auth.refresh_token },
    updateMe: { email: `${name()}@example.com`, current_password: PASSWORD },
    changePassword: { current_password: PASSWORD, new_password: 'another passphrase nobody uses' },
    deleteMe: { current_password: PASSWORD },
    requestPasswordReset: { email },
    resetPassword: { token: mailToken, new_password: 'another passphrase nobody uses' },
    verifyEmail: { token: mailToken },
    confirmEmailChange: { token: mailToken },
    reauthenticate: { current_password: PASSWORD },
  }
  const sessions = await call('GET', '/users/me/sessions', { token })
  const at = path
    .replace('{username}', taken.username)
    .replace('{slug}', 'forbidden')
    .replace('{id}', sessions.body.items[0].id)
  return { ...me, path: at, ...(id in bodies && { json: bodies[id] }) }
}

type Provocation = (given: Given, good: Awaited<ReturnType<typeof well>>) => Promise<[Partial<Call>, Settings?]>
const sent = (body: string, type: string) => ({ json: undefined, body, headers: { 'Content-Type': type } })
const lost = () => {
  throw new Error('Network connection lost.')
}

/** The token of a quiet registration whose username another account takes meanwhile. */
async function registrationOfTakenName(): Promise<string> {
  const { username, email, password } = registration()
  const quiet = { ...env, REGISTRATION: 'quiet' }
  await call('POST', '/users/register', { json: { username, email, password }, env: quiet })
  await call('POST', '/users/register', { json: { ...registration(), username } })
  return tokenTo(String(email), '/verify')
}

/** How to produce each problem: the difference to a successful call. */
const provocations: Record<string, Provocation> = {
  unauthenticated: async ({ id, path }, { path: at, token }) => {
    if (id.startsWith('list') && contentTypeOf(path)) return [{ token: '', path: `${path}?status=draft` }]
    if (!id.startsWith('read') || !contentTypeOf(path)) return [{ token: '' }]
    return [{ token: '', path: at.replace(/\d+$/, String(await item(path, token, { visibility: 'members' }))) }]
  },
  'invalid-token': async () => [{ token: revoked }],
  'malformed-json': async () => [sent('{', 'application/json')],
  'content-too-large': async () => [sent('"x'.repeat(3_000_000), 'application/json')],
  'unsupported-media-type': async () => [sent('{}', 'text/plain')],
  'invalid-input': async ({ path, operation }) => {
    if (operation.requestBody) return [{ json: { unknown: 1 } }]
    return [{ path: path.includes('{id}') ? path.replace('{id}', '0') : `${path}?limit=0` }]
  },
  'not-found': async ({ path }) => {
    // Every operator can read the lists.
    if (!path.includes('{')) return [{ token: taken.token }]
    return [{ path: path.replace(/\{\w+\}/, path.includes('{id}') ? '999999' : 'nobody') }]
  },
  'account-suspended': async ({ id, path }, { userId, json }) => {
    const headers = id === 'register' ? { 'Idempotency-Key': name() } : undefined
    // A repeated registration signs in.
    const suspended = headers ? (await call('POST', path, { json, headers })).body.user.id : userId
    await db.update(users).set({ suspended_at: new Date() }).where(eq(users.id, suspended))
    return [headers ? { headers } : {}]
  },
  'reauthentication-required': async (_, { userId }) => {
    await ageReauthentication(userId, 3_600_000)
    return [{}]
  },
  forbidden: async ({ path }, { userId }) => {
    // Operators cannot do it to themselves.
    if (path.startsWith('/operator/')) return [{ path: path.replace('{id}', String(userId)) }]
    return [{ path: path.replace('{id}', String(await item(path, taken.token))) }]
  },
  'version-conflict': async () => [{ headers: { 'If-Match': '"999"' } }],
  'idempotency-key-reused': async ({ path }, { json, token }) => {
    const headers = { 'Idempotency-Key': name() }
    const another = path === '/users/register' ? { password: 'another passphrase nobody uses' } : { title: 'Another' }
    await call('POST', path, { token, json: { ...(json as object), ...another }, headers })
    return [{ headers }]
  },
  'email-not-verified': async (_, { json }) => [
    { json: json && { ...json, draft: false } },
    { EMAIL_VERIFICATION: 'required' },
  ],
  'mail-not-configured': async () => [{}, { MAIL_FROM: '' }],
  'invalid-mail-token': async (_, { json }) => [{ json: { ...(json as object), token: 'x' } }],
  'too-many-mails': async ({ id }) => {
    const day = new Date().toISOString().slice(0, 10)
    await db.insert(mailDays).values({ day, mails: 1 }).onConflictDoNothing()
    return [{}, { MAILS_PER_DAY: '1', ...(id === 'register' && { REGISTRATION: 'quiet' }) }]
  },
  'username-taken': async ({ id }, { json }) => {
    if (id === 'verifyEmail') return [{ json: { token: await registrationOfTakenName() } }]
    return [{ json: { ...(id === 'register' ? Object(json) : {}), username: taken.username } }]
  },
  'email-taken': async ({ id }, { json }) => {
    if (id !== 'confirmEmailChange') return [{ json: { ...(json as object), email: taken.email } }, { MAIL_FROM: '' }]
    const email = addressIn((json as { token: string }).token)
    await call('POST', '/users/register', { json: { ...registration(), email } })
    return [{}]
  },
  'invalid-credentials': async () => [{ json: { username: 'nobody', password: PASSWORD } }],
  'invalid-refresh-token': async () => [{ json: { refresh_token: 'x' } }],
  'wrong-password': async (_, { json }) => [{ json: { ...(json as object), current_password: 'not it' } }],
  'origin-not-allowed': async ({ id }, { json }) => [
    {
      json: id === 'refresh' ? undefined : { ...(json as object), session: 'cookie' },
      headers: { Origin: 'https://evil.example' },
    },
  ],
  'too-many-login-attempts': async ({ id }, { json, userId }) => {
    const [config, later, network] = [readConfig(env), new Date(Date.now() + 60_000), '192.0.2.77']
    const subject =
      id === 'login'
        ? signInSubjects(config, { name: json as object, network }).perNetwork
        : sessionSubject(config, userId)
    await db.insert(loginAttempts).values({ subject, failures: 10, failed_at: later, retry_at: later, nonce: '' })
    return [{ headers: { 'CF-Connecting-IP': network } }]
  },
  'too-many-new-items': async () => [{}, { CREATE_LIMITER: { limit: async () => ({ success: false }) } }],
  'too-many-writes': async () => [{}, { WRITE_LIMITER: { limit: async () => ({ success: false }) } }],
  'new-account-limit': async ({ path }, { token }) => {
    await item(path, token)
    return [{}, { NEW_ACCOUNT_POSTS_PER_DAY: '1' }]
  },
  'challenge-failed': async () => [{}, { TURNSTILE_SECRET: 'x' }],
  'registration-closed': async () => [{}, { REGISTRATION: 'closed' }],
  'invitation-required': async () => [{}, { REGISTRATION: 'invite' }],
  'too-many-requests': async () => {
    const limit = async () => ({ success: false })
    return [{}, { RATE_LIMITER: { limit }, MAIL_LIMITER: { limit } }]
  },
  'internal-error': async () => [{}, { LIBSQL_URL: emptyLibsqlUrl }],
  unavailable: async () => [{}, { JWT_SECRET: '' }],
}

const ask = (method: string, { path, token, json, body, headers = {} }: Call, settings: Settings = {}) =>
  call(method, path, {
    ...(token && { token }),
    ...(json !== undefined ? { json } : body !== undefined && { body }),
    headers,
    env: { ...store, ...settings },
  })

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]): [string, Given] => [
    operation.operationId,
    { id: operation.operationId, method: method.toUpperCase(), path, operation },
  ]),
)

test.each(operations)(
  '%s: each documented problem is produced',
  async (_, given) => {
    for (const [status, { content }] of Object.entries(given.operation.responses)) {
      for (const slug of Object.keys(content?.['application/problem+json']?.examples ?? {})) {
        const good = await well(given)
        const response = await (slug === 'outcome-unknown' ? loseResponse(given, good) : provoke(slug, given, good))
        expect([slugOf(response.body), response.status]).toEqual([slug, Number(status)])
      }
    }
  },
  60_000,
)

async function provoke(slug: string, given: Given, good: Awaited<ReturnType<typeof well>>) {
  const [otherwise, settings] = (await provocations[slug]?.(given, good)) ?? [{}]
  return ask(given.method, { ...good, ...otherwise }, settings)
}

/** Loses the responses of the database from the last round trip on. Earlier round trips only read. */
async function loseResponse(given: Given, good: Call) {
  // Only the round trips of the request: a mail is sent in other round trips, after the response.
  const timing = (await ask(given.method, good)).headers.get('Server-Timing')
  const trips = Number(/queries: (\d+)/.exec(timing ?? '')?.[1])
  const fresh = await well(given)
  const fault = { instead: lost, times: 1_000, isDone: true, after: trips - 1 }
  return (await withFault(fault, () => ask(given.method, fresh))).result
}

test.each(operations)(
  '%s: returns 401 without a required token and for the token of an ended session',
  async (_, given) => {
    const { security = [] } = given.operation
    const needsToken = security.length > 0 && security.every((scheme) => 'bearer' in scheme)
    const looksAtToken = security.some((scheme) => 'bearer' in scheme)
    const without = await ask(given.method, { ...(await well(given)), token: '' })
    expect(without.status === 401).toBe(needsToken)
    const withRevoked = await ask(given.method, { ...(await well(given)), token: revoked })
    expect(withRevoked.status === 401).toBe(looksAtToken)
  },
)

test.each(operations)('%s: each documented success is produced', async (_, given) => {
  const responses = Object.keys(given.operation.responses).filter((status) => Number(status) < 400)
  const good = await well(given)
  const first = await ask(given.method, good)
  const seen = [String(first.status)]
  if (responses.includes('202') && first.status !== 202) {
    const quiet = await ask(given.method, await well(given), { REGISTRATION: 'quiet' })
    seen.push(String(quiet.status))
  }
  if (given.id === 'inviteUser') {
    const withoutMail = await ask(given.method, await well(given), { MAIL_FROM: '' })
    seen.unshift(String(withoutMail.status))
  }
  if (given.id === 'updateMe') {
    const renamed = await ask(given.method, { ...good, json: { username: name() } })
    seen.unshift(String(renamed.status))
  }
  if (responses.includes('304')) {
    const headers = { 'If-None-Match': first.headers.get('ETag') ?? '' }
    seen.push(String((await ask(given.method, { ...good, headers })).status))
  }
  expect(seen).toEqual(responses)
})
