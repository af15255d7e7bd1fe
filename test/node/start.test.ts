/** `npm start` in a new copy of the project: its secrets, its output and its data. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv, promisify } from 'node:util'
import Database from 'libsql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService } from '../../scripts/service.mjs'
import { copyProject } from '../support/node/copy.ts'

const run = promisify(execFile)

let root: string
let dir: string
let service: Awaited<ReturnType<typeof startService>>
/** The output of the first start until the service responded. */
let greeting: string
let secrets: Buffer

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'postern-start-'))
  dir = join(root, 'data')
  await copyProject(root)
  service = await startService({ root, dir })
  greeting = service.output()
  secrets = await readFile(join(root, '.dev.vars'))
}, 90_000)

afterAll(async () => {
  await service?.kill()
  await rm(root, { recursive: true, force: true, maxRetries: 10 })
})

test('the first start creates two secrets of 32 random bytes in a file that only the owner can read', async () => {
  const [jwt, pepper] = secretValues()
  expect(Buffer.from(jwt, 'base64url').length).toBeGreaterThanOrEqual(32)
  expect(Buffer.from(pepper, 'base64url').length).toBeGreaterThanOrEqual(32)
  expect(jwt).not.toBe(pepper)
  expect((await stat(join(root, '.dev.vars'))).mode & 0o777).toBe(0o600)
})

test('prints the URL of the documentation and a working curl command', async () => {
  expect(greeting).toContain(`${service.url}/docs\n`)
  const [shown] = /curl (.*\\\n)*.*/.exec(greeting) ?? []
  const { stdout } = await run('sh', ['-c', `${shown} --silent`])
  expect(JSON.parse(stdout)).toMatchObject({ token_type: 'Bearer', user: { username: '홍길동' } })
})

test.each([
  ['/health', 'application/json'],
  ['/docs', 'text/html; charset=UTF-8'],
  ['/docs/swagger-ui-bundle.js', 'text/javascript'],
  ['/docs/swagger-ui.css', 'text/css'],
  ['/docs/swagger.js', 'text/javascript'],
])('serves %s as %s', async (path, type) => {
  const response = await fetch(service.url + path)
  expect(response.status).toBe(200)
  expect(response.headers.get('Content-Type')).toContain(type)
  expect(await response.text()).not.toBe('')
})

test('reports a used port at once', async () => {
  const { port } = new URL(service.url)
  const { code, stderr } = await tryToRun(process.execPath, ['scripts/start.mjs', '--port', port])
  expect(code).toBe(1)
  expect(stderr).toContain(`Something else listens on 127.0.0.1:${port}.`)
})

test('a restart keeps accounts, posts and secrets, and no secret is printed', async () => {
  const account = { username: 'writer', email: 'writer@example.com', password: 'a passphrase nobody uses' }
  const post = { title: 'A gate in a wall', body: 'Small, and well guarded.' }
  const { access_token } = await send('/users/register', account)
  const { id } = await send('/posts', post, access_token)

  expect(await service.stop()).toBe(0)
  const printed = service.output()
  service = await startService({ root, dir })

  const { access_token: later } = await send('/users/login', { email: account.email, password: account.password })
  const read = await fetch(`${service.url}/posts/${id}`, { headers: { Authorization: `Bearer ${later}` } })
  expect(await read.json()).toMatchObject({ id, ...post, author: { username: 'writer' } })
  expect(await readFile(join(root, '.dev.vars'))).toEqual(secrets)
  await service.stop()
  for (const secret of secretValues()) expect(printed + service.output()).not.toContain(secret)
})

test('passwords are hashed with the pepper', async () => {
  const databases = join(dir, 'v3/d1/miniflare-D1DatabaseObject')
  const file = (await readdir(databases)).find((name) => /^[\da-f]{64}\.sqlite$/.test(name))
  const database = new Database(join(databases, file ?? ''), { readonly: true })
  const users = database.prepare('select username, password_hash from users order by id').all()
  database.close()
  const password_hash = expect.stringMatching(/^\$pbkdf2-sha256-chain\$i=100000,c=6,p=1\$/)
  expect(users).toEqual([
    { username: '홍길동', password_hash },
    { username: 'writer', password_hash },
  ])
})

test('stops with the reason if a migration fails', async () => {
  await writeFile(join(root, 'drizzle/9999_broken.sql'), 'create nonsense;')
  const { code, stdout, stderr } = await tryToRun(process.execPath, ['scripts/start.mjs', '--persist-to', dir])
  expect(code).toBe(1)
  expect(stderr).toContain('near "nonsense": syntax error')
  expect(stderr).toContain('The migrations in drizzle/ could not be applied. Postern does not start.')
  expect(stdout).not.toContain('Postern starts')
})

function secretValues() {
  const { JWT_SECRET = '', PASSWORD_PEPPER = '' } = parseEnv(secrets.toString())
  return [JWT_SECRET, PASSWORD_PEPPER] as const
}

/** Runs a program in the copy. Does not throw if the program fails. */
async function tryToRun(file: string, args: string[]) {
  type Ended = { code?: number; stdout: string; stderr: string }
  return run(file, args, { cwd: root }).catch((failed: Ended) => failed) as Promise<Ended>
}

async function send(path: string, body: object, token?: string) {
  const response = await fetch(service.url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  })
  expect(response.ok).toBe(true)
  return (await response.json()) as { access_token: string; id: number }
}
