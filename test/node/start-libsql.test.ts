/** `npm start -- --libsql URL`: the service over a libSQL server. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createClient } from '@libsql/client/http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService } from '../../scripts/service.mjs'
import { copyProject } from '../support/node/copy.ts'
import { run } from './data/databases.ts'
import { startHranaServer, type HranaServer } from './hrana/server.ts'

const execute = promisify(execFile)
const TOKEN = 'a token of the database'
let server: HranaServer
let root: string
let service: Awaited<ReturnType<typeof startService>> | undefined

beforeAll(async () => {
  server = await startHranaServer({ authToken: TOKEN })
  root = await mkdtemp(join(tmpdir(), 'postern-libsql-'))
  await copyProject(root)
})
afterAll(async () => {
  await service?.kill()
  await server.close()
  await rm(root, { recursive: true, force: true, maxRetries: 10 })
})

test('the command migrates a libSQL server and serves over it, and its token is neither an argument nor printed', async () => {
  const url = server.databaseUrl('local')
  const options = ['--libsql', url]
  service = await startService({ root, dir: join(root, 'data'), options, env: { LIBSQL_AUTH_TOKEN: TOKEN } })
  const registration = { username: 'far', email: 'far@example.com', password: 'a passphrase nobody uses' }
  const headers = { 'Content-Type': 'application/json' }
  const body = JSON.stringify(registration)
  expect((await fetch(`${service.url}/users/register`, { method: 'POST', headers, body })).status).toBe(201)
  const { rows } = await createClient({ url, authToken: TOKEN }).execute('select username from users')
  expect(rows.map((row) => row['username'])).toEqual(['far'])
  expect(service.output()).toContain('The libSQL database at')
  expect(service.output()).not.toContain(TOKEN)
  const { stdout } = await execute('ps', ['-eo', 'args', '-ww'])
  expect(stdout).toContain(`LIBSQL_URL:${url}`)
  expect(stdout).not.toContain(TOKEN)
  expect((await stat(join(root, '.wrangler/libsql.vars'))).mode & 0o777).toBe(0o600)
}, 120_000)

test('stops with the reason if the libSQL server refuses the token', async () => {
  await writeFile(join(root, '.dev.vars'), 'JWT_SECRET=x\n')
  const args = ['--libsql', server.databaseUrl('local'), '--port', '0']
  const { code, stderr } = await run('start.mjs', args, { LIBSQL_AUTH_TOKEN: 'wrong' })
  expect([code, stderr]).toEqual([1, expect.stringMatching(/do not apply to 127\.0\.0\.1:\d+: .*401/)])
})
