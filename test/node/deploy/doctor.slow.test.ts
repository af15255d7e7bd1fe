/** `npm run doctor` with a stand-in for wrangler: each fault is found and printed with how to fix it. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { makeAccount } from './account.ts'

let account: Awaited<ReturnType<typeof makeAccount>>
let toml: string

beforeAll(async () => {
  account = await makeAccount()
  toml = await readFile(join(account.root, 'wrangler.toml'), 'utf8')
})
beforeEach(() => account.clear())
afterEach(async () => {
  await writeFile(join(account.root, 'wrangler.toml'), toml)
  await rm(join(account.root, '.dev.vars'), { force: true })
})
afterAll(() => account.remove())

const diagnose = (args: string[] = []) => account.run('doctor.mjs', args)

test('finds no fault after a deployment, in both environments', async () => {
  for (const args of [[], ['--env', 'staging']]) {
    expect((await account.run('deploy.mjs', args)).code).toBe(0)
    const { code, stdout } = await diagnose(args)
    expect([code, stdout]).toEqual([0, expect.stringContaining('No faults found.')])
  }
})

test('reports a missing database, missing secrets and a missing deployment', async () => {
  const { code, stdout } = await diagnose()
  expect(code).toBe(1)
  expect(stdout).toMatch(/✗ database\n {4}The account has no D1 database postern\. Run: npm run deploy/)
  expect(stdout).toMatch(/✗ migrations\n {4}not checked, because the check "database" failed/)
  expect(stdout).toMatch(/JWT_SECRET is not set\. Run: npm run deploy/)
  expect(stdout).toMatch(/✗ health\n {4}Not deployed from this machine yet/)
})

test('skips the checks that need a login without one', async () => {
  await account.change({ isLoggedIn: false })
  const { stdout } = await diagnose()
  expect(stdout).toMatch(/✗ login\n {4}wrangler is not signed in\. Run: npx wrangler login/)
  expect(stdout).toMatch(/✗ database\n {4}not checked, because the check "login" failed/)
  expect((await account.read()).calls).toHaveLength(1)
})

test('reports missing migrations and an unhealthy service', async () => {
  await account.run('deploy.mjs')
  await account.change({ databases: { postern: { migrations: [], peppered: 0 } } })
  account.respondToHealth(503, 'not well')
  const { stdout } = await diagnose()
  expect(stdout).toMatch(/The database lacks migrations: 0000_\w+\.sql, 0001_\w+\.sql.*Run: npm run deploy/)
  expect(stdout).toMatch(/\/health responded with 503: not well\n {4}The log has the reason\. Run: npx wrangler tail/)
})

test.each([
  ['TOKEN_ISSUER = "postern-staging"', 'TOKEN_ISSUER = "postern"', /TOKEN_ISSUER is the same as at the top level/],
  ['database_name = "postern-staging"', 'database_name = "postern"', /database_name is the same as at the top level/],
  [
    '[[env.staging.durable_objects.bindings]]\nname = "HASHER"',
    '[[env.staging.durable_objects.bindings]]\nname = "OTHER"',
    /\[env\.staging\] lacks HASHER/,
  ],
])('reports a fault if %s is changed in staging', async (from, to, message) => {
  expect(toml).toContain(from)
  await writeFile(join(account.root, 'wrangler.toml'), toml.replace(from, to))
  expect((await diagnose(['--env', 'staging'])).stdout).toMatch(message)
})

test('reports invalid local settings', async () => {
  await writeFile(join(account.root, '.dev.vars'), 'JWT_SECRET=short\nALLOWED_ORIGINS=http://localhost:5173/\n')
  const { stdout } = await diagnose()
  expect(stdout).toContain('JWT_SECRET has fewer than 32 bytes')
  expect(stdout).toContain('http://localhost:5173/ is not an origin')
  expect(stdout).not.toContain('short')
})
