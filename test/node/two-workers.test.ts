/** Two processes over one database, like two isolates in different data centres: all shared state is in the database. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client/http'
import Database from 'libsql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrateLibsql } from '../../scripts/migrate-libsql.mjs'
import { startService } from '../../scripts/service.mjs'
import { copyProject } from '../support/node/copy.ts'
import { startHranaServer, type HranaServer } from './hrana/server.ts'

type Service = Awaited<ReturnType<typeof startService>>
type Auth = { access_token: string; refresh_token: string; user: { id: number } }

const PASSWORD = 'a passphrase nobody uses'

let server: HranaServer
let root: string
let services: [Service, Service]

beforeAll(async () => {
  server = await startHranaServer()
  root = await mkdtemp(join(tmpdir(), 'postern-two-'))
  await migrateLibsql(server.databaseUrl('shared'))
  await Promise.all(['first', 'second'].map(install))
  services = await Promise.all([start('first'), start('second')])
}, 120_000)

afterAll(async () => {
  await Promise.all((services ?? []).map((service) => service.kill()))
  await server.close()
  await rm(root, { recursive: true, force: true, maxRetries: 10 })
})

/** The shared database, accessed directly. */
const shared = () => createClient({ url: server.databaseUrl('shared') })

/** Starts the service in its own directory, with the shared secrets and the shared database. */
const install = (name: string) =>
  copyProject(join(root, name), {
    JWT_SECRET: 'a secret for tests, of thirty-two bytes or more',
    PASSWORD_PEPPER: 'a pepper for tests, of thirty-two bytes or more',
    LIBSQL_URL: server.databaseUrl('shared'),
    // Without mail: its delivery would send further queries after the response.
    MAIL_FROM: '',
  })

const start = (name: string) => startService({ root: join(root, name), dir: join(root, name, 'data') })

type Call = { json?: object; token?: string }

async function call({ url }: Service, method: string, path: string, { json, token }: Call = {}) {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(json && { 'Content-Type': 'application/json' }),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    },
    ...(json && { body: JSON.stringify(json) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? null : (JSON.parse(text) as unknown),
  }
}

async function granted(service: Service, path: string, json: object): Promise<Auth> {
  const { status, body } = await call(service, 'POST', path, { json })
  expect(status).toBeLessThan(300)
  return body as Auth
}

let count = 0

/** A new account, registered with one of the two processes. */
async function account(service: Service) {
  const username = `user${++count}`
  const credentials = { email: `${username}@example.com`, password: PASSWORD }
  return { credentials, ...(await granted(service, '/users/register', { username, ...credentials })) }
}

const login = (service: Service, credentials: object) => granted(service, '/users/login', credentials)
const refresh = (service: Service, { refresh_token }: Auth) =>
  call(service, 'POST', '/users/refresh', { json: { refresh_token } })
const statusOf = async (service: Service, { access_token }: Auth) =>
  (await call(service, 'GET', '/users/me', { token: access_token })).status
const sessionOf = ({ access_token }: Auth): string =>
  JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString()).sid

test('both processes store everything in the shared database and nothing in local files', async () => {
  const [first, second] = services
  const { credentials } = await account(first)
  const before = server.requests('shared')
  const auth = await login(second, credentials)
  expect(server.requests('shared') - before).toBe(2)
  expect(await statusOf(first, auth)).toBe(200)
  expect(await statusOf(second, auth)).toBe(200)
  expect(server.requests('shared') - before).toBe(4)

  for (const name of ['first', 'second']) {
    const databases = join(root, name, 'data/v3/d1/miniflare-D1DatabaseObject')
    const file = (await readdir(databases)).find((found) => /^[\da-f]{64}\.sqlite$/.test(found))
    const own = new Database(join(databases, file ?? ''), { readonly: true })
    expect(own.prepare('select count(*) as users from users').get()).toMatchObject({ users: 0 })
    own.close()
  }
})

type Revocation = (service: Service, mine: Auth, theirs: Auth) => ReturnType<typeof call>

/** Requests of the session `mine` that end it, the other session `theirs` of the account, or both. */
const revocations: Record<string, { ends: 'mine' | 'theirs' | 'both'; revoke: Revocation }> = {
  logout: {
    ends: 'mine',
    revoke: (service, { access_token: token }) => call(service, 'POST', '/users/logout', { token }),
  },
  'a session revoked': {
    ends: 'theirs',
    revoke: (service, { access_token: token }, theirs) =>
      call(service, 'DELETE', `/users/me/sessions/${sessionOf(theirs)}`, { token }),
  },
  'all other sessions revoked': {
    ends: 'theirs',
    revoke: (service, { access_token: token }) => call(service, 'DELETE', '/users/me/sessions', { token }),
  },
  'a password change': {
    ends: 'theirs',
    revoke: (service, { access_token: token }) => {
      const json = { current_password: PASSWORD, new_password: 'another passphrase nobody uses' }
      return call(service, 'PUT', '/users/me/password', { token, json })
    },
  },
  'a deletion': {
    ends: 'both',
    revoke: (service, { access_token: token }) =>
      call(service, 'POST', '/users/me/delete', { token, json: { current_password: PASSWORD } }),
  },
}

const ways = Object.entries(revocations).flatMap(([name, how]) => [
  [name, 'first', 'second', how] as const,
  [name, 'second', 'first', how] as const,
])

test.each(ways)('%s at the %s takes effect at the %s with the next request', async (_, where, __, { ends, revoke }) => {
  const [first, second] = services
  const [here, there] = where === 'first' ? [first, second] : [second, first]
  const mine = await account(here)
  const theirs = await login(there, mine.credentials)
  for (const auth of [mine, theirs]) expect(await statusOf(there, auth)).toBe(200)

  const revoked = await revoke(here, mine, theirs)
  const next = await statusOf(there, ends === 'mine' ? mine : theirs)
  expect([revoked.status, next]).toEqual([204, 401])

  for (const auth of [mine, theirs]) {
    const hasEnded = ends === 'both' || auth === (ends === 'mine' ? mine : theirs)
    expect(await statusOf(there, auth)).toBe(hasEnded ? 401 : 200)
    expect((await refresh(there, auth)).status).toBe(hasEnded ? 401 : 200)
  }
})

test('a reused refresh token at one process ends the session at both', async () => {
  const [first, second] = services
  const R1 = await account(first)
  const R2 = (await refresh(second, R1)).body as Auth
  const R3 = (await refresh(first, R2)).body as Auth
  expect(await statusOf(first, R3)).toBe(200)

  expect((await refresh(second, R1)).status).toBe(401)
  for (const service of services) {
    expect(await statusOf(service, R3)).toBe(401)
    expect((await refresh(service, R3)).status).toBe(401)
  }
})

test('20 concurrent refreshes with one token at both processes get the same successor', async () => {
  const [first, second] = services
  const auth = await account(first)
  const responses = await Promise.all(Array.from({ length: 20 }, (_, at) => refresh(at % 2 ? first : second, auth)))
  expect(responses.map(({ status }) => status)).toEqual(responses.map(() => 200))
  const successors = responses.map(({ body }) => body as Auth)
  expect(new Set(successors.map(({ refresh_token }) => refresh_token)).size).toBe(1)
  const { rows } = await shared().execute({ sql: 'select counter from sessions where id = ?', args: [sessionOf(auth)] })
  expect(rows).toMatchObject([{ counter: 1 }])
  for (const service of services) expect(await statusOf(service, auth)).toBe(200)
})

test('10 concurrent wrong passwords at both processes throttle the name at both, and no other name', async () => {
  const [first, second] = services
  const { credentials, ...auth } = await account(first)
  const stranger = await account(second)
  const guess = (service: Service) =>
    call(service, 'POST', '/users/login', { json: { ...credentials, password: 'not it' } })
  const login_attempts = await Promise.all(Array.from({ length: 10 }, (_, at) => guess(at % 2 ? first : second)))
  expect(login_attempts.map(({ status }) => status)).toEqual(login_attempts.map(() => 401))

  for (const service of services) {
    const { status, headers } = await call(service, 'POST', '/users/login', { json: credentials })
    expect(status).toBe(429)
    expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0)
    expect(await statusOf(service, auth)).toBe(200)
    await login(service, stranger.credentials)
  }
})

test('9 wrong passwords at both processes cause no delay, and the correct one resets the count at both', async () => {
  const [first, second] = services
  const { credentials } = await account(first)
  const guess = (at: number) =>
    call(at % 2 ? first : second, 'POST', '/users/login', { json: { ...credentials, password: 'not it' } })
  for (let round = 0; round < 2; round++) {
    for (let at = 0; at < 9; at++) expect((await guess(at)).status).toBe(401)
    await login(round ? first : second, credentials)
  }
})

test('after a restart, revoked sessions stay revoked and active sessions stay active', async () => {
  const [first, second] = services
  const live = await account(first)
  const revoked = await login(first, live.credentials)
  expect((await call(first, 'POST', '/users/logout', { token: revoked.access_token })).status).toBe(204)

  const before = server.requests('shared')
  await first.kill()
  expect(await statusOf(second, live)).toBe(200)
  expect(await statusOf(second, revoked)).toBe(401)
  const again = await start('first')
  services = [again, second]

  expect(await statusOf(again, revoked)).toBe(401)
  expect((await refresh(again, revoked)).status).toBe(401)
  expect(await statusOf(again, live)).toBe(200)
  expect((await refresh(again, live)).status).toBe(200)
  expect(server.requests('shared') - before).toBeGreaterThanOrEqual(6)
})
