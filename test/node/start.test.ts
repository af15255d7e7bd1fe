/** `npm start` in a fresh copy of the project: what it makes, says and keeps, and the document that it serves. */
import { execFile, execFileSync } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv, promisify } from 'node:util'
import Database from 'libsql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService } from '../../scripts/service.mjs'

const project = process.cwd()
const run = promisify(execFile)
const account = { username: '홍길동', email: 'hong@example.com', password: 'a passphrase nobody uses' }
const post = { title: 'A gate in a wall', body: 'Small, and well guarded.' }

let root: string
let dir: string
let service: Awaited<ReturnType<typeof startService>>
let said: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'postern-start-'))
  dir = join(root, 'data')
  await copyProject(root)
  service = await startService({ root, dir })
  said = service.output()
}, 90_000)

afterAll(async () => {
  await service?.kill()
  await rm(root, { recursive: true, force: true, maxRetries: 10 })
})

test('the first start makes secrets that only the owner can read', async () => {
  const { JWT_SECRET = '', PASSWORD_PEPPER = '' } = parseEnv(await readFile(join(root, '.dev.vars'), 'utf8'))
  expect(Buffer.from(JWT_SECRET, 'base64url').length).toBeGreaterThanOrEqual(32)
  expect(Buffer.from(PASSWORD_PEPPER, 'base64url').length).toBeGreaterThanOrEqual(32)
  expect(JWT_SECRET).not.toBe(PASSWORD_PEPPER)
  expect((await stat(join(root, '.dev.vars'))).mode & 0o777).toBe(0o600)
})

test('it says where the documentation is and shows a curl that works', async () => {
  expect(said).toContain(`${service.url}/docs\n`)
  const shown = /curl (?:.*\\\n)*.*/.exec(said)?.[0] ?? ''
  expect(shown).toContain(`${service.url}/users/register`)
  const { stdout } = await run('sh', ['-c', `${shown} -s -o /dev/null -w '%{http_code}'`])
  expect(stdout).toBe('201')
})

test.each([
  ['/health', 'application/json'],
  ['/openapi.json', 'application/json'],
  ['/docs', 'text/html'],
  ['/docs/swagger-ui-bundle.js', 'text/javascript'],
  ['/docs/swagger-ui.css', 'text/css'],
  ['/docs/start.js', 'text/javascript'],
])('%s is served as %s', async (path, type) => {
  const answer = await fetch(service.url + path)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('Content-Type')?.split(';')[0]).toBe(type)
  expect((await answer.text()).length).toBeGreaterThan(0)
})

test('the document passes `redocly lint` without an error or a warning', async () => {
  const file = join(root, 'served-openapi.json')
  await writeFile(file, JSON.stringify(await (await fetch(`${service.url}/openapi.json`)).json(), null, 2))
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
  const lint = [join(project, 'node_modules/.bin/redocly'), 'lint', file, '--format=json']
  const { stdout } = await run(lint[0], [...lint.slice(1), '--config', join(project, 'redocly.yaml')], { env }).catch(
    (failed: { stdout: string }) => failed,
  )
  expect(JSON.parse(stdout)).toMatchObject({ problems: [] })
})

test('accounts, posts and secrets outlive a stop, and passwords are hashed with the pepper', async () => {
  const secrets = await readFile(join(root, '.dev.vars'))
  const { body: registered } = await call('POST', '/users/register', 201, account)
  const { body: written } = await call('POST', '/posts', 201, post, registered.access_token)

  expect(await service.stop()).toBe(0)
  expect(await storedHashes()).toEqual([])
  expect(service.output()).not.toContain('x')

  service = await startService({ root, dir })
})

/** The files that git knows or would take, without what it ignores. */
async function copyProject(to: string) {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: project })
  for (const file of listed.toString().split('\0').filter(Boolean)) {
    await cp(join(project, file), join(to, file)).catch((error: NodeJS.ErrnoException) => {
      // Deleted, and not yet in a commit.
      if (error.code !== 'ENOENT') throw error
    })
  }
  await symlink(join(project, 'node_modules'), join(to, 'node_modules'))
}
