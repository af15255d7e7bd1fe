/** `npm run users:import -- --remote` and `users:export` through stand-ins for Cloudflare's API and the login of wrangler. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCloudflareApi } from './data/cloudflare-api.ts'
import { run } from './data/databases.ts'

const TOKEN = 'a token of the account'
const QUERY = 'POST /accounts/0123/d1/database/id%20of%20postern/query'
const HASH = '$2b$12$LZNEvBk2viVeyBHTIgIGJOaLyg/0gpnBaW1s8vdGdcD0etjNMsGfS'
const MANY = 2_600

let directory: string
let api: Awaited<ReturnType<typeof startCloudflareApi>>
let env: Record<string, string>
let file: string

/** The account of the stand-in for wrangler, with the token that it returns. */
async function environment(token: string): Promise<Record<string, string>> {
  const account = join(directory, `${crypto.randomUUID()}.json`)
  const databases = { postern: { migrations: [], peppered: 0 } }
  const accounts = [{ id: '0123', name: 'Hong' }]
  await writeFile(account, JSON.stringify({ isLoggedIn: true, accounts, databases, workers: {}, calls: [], token }))
  return {
    WRANGLER: join(process.cwd(), 'test/node/deploy/standin.mjs'),
    STANDIN_ACCOUNT: account,
    CLOUDFLARE_API_BASE_URL: api.url,
    LIBSQL_URL: '',
  }
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'postern-users-remote-'))
  api = await startCloudflareApi(join(directory, 'd1.sqlite'), TOKEN)
  env = await environment(TOKEN)
  file = join(directory, 'users.jsonl')
  const users = Array.from({ length: MANY }, (_, n) => ({
    username: `김 ${n}`,
    email: `user${n}@example.com`,
    password_hash: HASH,
    created_at: '2019-05-01T10:00:00.000Z',
  }))
  await writeFile(file, `${users.map((user) => JSON.stringify(user)).join('\n')}\n`)
})
afterAll(async () => {
  api.close()
  await rm(directory, { recursive: true })
})

const runImport = (args: string[], given = env) => run('users/import.mjs', args, given)
const runExport = (path: string) => run('users/export.mjs', [path, '--remote'], env)

test('--dry-run checks for taken names and writes nothing', async () => {
  const { code, stdout } = await runImport([file, '--remote', '--dry-run'])
  expect([code, stdout]).toEqual([0, `D1 database postern: ${MANY} would be imported, 0 already there, 0 refused.\n`])
  const out = join(directory, 'nobody.jsonl')
  expect((await runExport(out)).code).toBe(0)
  expect(await readFile(out, 'utf8')).toBe('')
})

test('an import that is killed and repeated imports every user once, and the export writes the same file', async () => {
  const before = api.requests.length
  const child = spawn(process.execPath, ['scripts/users/import.mjs', file, '--remote'], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  })
  // Each chunk is a query and a statement. Some of the chunks are written, but not all.
  while (api.requests.length < before + 4) await sleep(1)
  child.kill('SIGKILL')
  await once(child, 'exit')

  const again = await runImport([file, '--remote'])
  const [, added, present] = /: (\d+) imported, (\d+) already there, 0 refused/.exec(again.stdout) ?? []
  expect([again.code, Number(added) + Number(present)]).toEqual([0, MANY])
  expect(Number(added)).toBeGreaterThan(0)
  expect(Number(present)).toBeGreaterThan(0)

  const out = join(directory, 'out.jsonl')
  const exported = await runExport(out)
  expect([exported.code, exported.stdout]).toEqual([0, `D1 database postern: ${MANY} users exported to ${out}.\n`])
  expect(await readFile(out, 'utf8')).toBe(await readFile(file, 'utf8'))
  expect(new Set(api.requests)).toEqual(new Set([QUERY]))
  for (const { stdout, stderr } of [again, exported]) expect(stdout + stderr).not.toContain(TOKEN)
})

test('reports a refused line with its number, and imports the others', async () => {
  const other = join(directory, 'other.jsonl')
  const password_hash = HASH.replace('$12$', '$10$')
  const user = { username: '김 1', email: 'other@example.com', password_hash, created_at: '2020-01-01T00:00:00Z' }
  await writeFile(
    other,
    `${JSON.stringify(user)}\n${JSON.stringify({ ...user, username: 'new', email: 'new@example.com' })}\n`,
  )
  const { code, stdout, stderr } = await runImport([other, '--remote'])
  expect([code, stdout]).toEqual([1, 'D1 database postern: 1 imported, 0 already there, 1 refused.\n'])
  expect(stderr).toContain('line 1: Another user in the database has this `username`.')
})

test.each([
  ['a login without permission', ['--remote'], 'wrong', {}, 'D1 responded 403: Authentication error'],
  ['an environment without a database', ['--remote', '--env', 'staging'], TOKEN, {}, 'no D1 database postern-staging'],
  ['libSQL and --remote', ['--remote'], TOKEN, { LIBSQL_URL: 'http://127.0.0.1:9' }, '--remote is for D1'],
])('reports %s and does nothing', async (_, args, token, more, message) => {
  const { code, stdout, stderr } = await runImport([file, ...args], { ...(await environment(token)), ...more })
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain(message)
})
