/** `--remote`: a backup and a restore through stand-ins for Cloudflare's API and the login of wrangler. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client/http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startHranaServer, type HranaServer } from '../hrana/server.ts'
import { startCloudflareApi } from './cloudflare-api.ts'
import { run } from './databases.ts'

const TOKEN = 'a token of the account'
let directory: string
let server: HranaServer
let api: Awaited<ReturnType<typeof startCloudflareApi>>
let env: Record<string, string>
let file: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'postern-remote-'))
  server = await startHranaServer()
  api = await startCloudflareApi(join(directory, 'd1.sqlite'), TOKEN)
  const account = join(directory, 'account.json')
  const databases = { postern: { migrations: [], peppered: 0 } }
  await writeFile(
    account,
    JSON.stringify({
      isLoggedIn: true,
      accounts: [{ id: '0123', name: 'Hong' }],
      databases,
      workers: {},
      calls: [],
      token: TOKEN,
    }),
  )
  env = {
    WRANGLER: join(process.cwd(), 'test/node/deploy/standin.mjs'),
    STANDIN_ACCOUNT: account,
    CLOUDFLARE_API_BASE_URL: api.url,
  }
  file = join(directory, 'first.ndjson')
  const LIBSQL_URL = server.databaseUrl('source')
  await run('migrate-libsql.mjs', [], { LIBSQL_URL })
  await createClient({ url: LIBSQL_URL }).execute(
    `insert into users (id, username, username_normalized, email, email_normalized, password_hash, created_at, updated_at)
     with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
     select i, 'üser' || i, 'user' || i, i || '@example.com', i || '@example.com', '$hash$', i, i from n`,
  )
  await run('data/backup.mjs', [file, '--libsql', LIBSQL_URL])
})
afterAll(async () => {
  api.close()
  await server.close()
  await rm(directory, { recursive: true })
})

test('a restore into the remote database, and a backup of it, give the same bytes', async () => {
  const restored = await run('data/restore.mjs', [file, '--remote'], env)
  expect([restored.code, restored.stdout]).toEqual([0, expect.stringMatching(/3000 {2}users\n/)])
  const second = join(directory, 'second.ndjson')
  const taken = await run('data/backup.mjs', [second, '--remote'], env)
  expect([taken.code, taken.stdout]).toEqual([0, expect.stringContaining('a backup of D1 database postern')])
  expect(await readFile(second, 'utf8')).toBe(await readFile(file, 'utf8'))
  expect(new Set(api.requests)).toEqual(new Set(['POST /accounts/0123/d1/database/id%20of%20postern/query']))
  for (const { stdout, stderr } of [restored, taken]) expect(stdout + stderr).not.toContain(TOKEN)
})

test('reports an error of the API and writes no file', async () => {
  const account = JSON.parse(await readFile(env['STANDIN_ACCOUNT'] ?? '', 'utf8'))
  const other = join(directory, 'other.json')
  await writeFile(other, JSON.stringify({ ...account, token: 'wrong' }))
  const third = join(directory, 'third.ndjson')
  const { code, stderr } = await run('data/backup.mjs', [third, '--remote'], { ...env, STANDIN_ACCOUNT: other })
  expect([code, stderr]).toEqual([1, 'D1 responded 403: Authentication error\n'])
  for (const name of [third, `${third}.part`]) await expect(readFile(name)).rejects.toThrow(/ENOENT/)
})

test('reports an environment without a database', async () => {
  const { code, stderr } = await run('data/backup.mjs', [file, '--remote', '--env', 'staging'], env)
  expect([code, stderr]).toEqual([1, expect.stringMatching(/no D1 database postern-staging/)])
})
