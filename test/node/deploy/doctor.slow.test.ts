/** `npm run doctor` against a stand-in for wrangler: each fault is found and comes with its remedy. */
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

test('nothing is wrong after a deployment, in both environments', async () => {
  for (const args of [[], ['--env', 'staging']]) {
    expect((await account.run('deploy.mjs', args)).code).toBe(0)
    const { code, stdout } = await diagnose(args)
    expect([code, stdout]).toEqual([0, expect.stringContaining('Nothing is wrong.')])
  }
})

test('an empty account lacks a database, secrets and a deployment', async () => {
  const { code, stdout } = await diagnose()
  expect(code).toBe(1)
  expect(stdout).toMatch(/✗ database\n {4}The account has no D1 database postern\. Run: npm run deploy/)
  expect(stdout).toMatch(/✗ migrations\n {4}not checked: database comes first/)
  expect(stdout).toMatch(/JWT_SECRET is not set\. Run: npm run deploy/)
  expect(stdout).toMatch(/✗ health\n {4}Not deployed from this machine yet/)
})

test('without a login what needs one is not asked', async () => {
  await account.change({ isLoggedIn: false })
  const { stdout } = await diagnose()
  expect(stdout).toMatch(/✗ login\n {4}wrangler is not signed in\. Run: npx wrangler login/)
  expect(stdout).toMatch(/✗ database\n {4}not checked: login comes first/)
  expect((await account.read()).calls).toHaveLength(1)
})

test('a database that lacks migrations, and a service that is not healthy', async () => {
  await account.run('deploy.mjs')
  await account.change({ databases: { postern: { migrations: [], peppered: 0 } } })
  account.answerHealth(503, 'not well')
  const { stdout } = await diagnose()
  expect(stdout).toMatch(/The database lacks migrations: 0000_\w+\.sql, 0001_\w+\.sql.*Run: npm run deploy/)
  expect(stdout).toMatch(/\/health responds 503: not well\n {4}The log says why\. Run: npx wrangler tail/)
})

test.each([
  ['TOKEN_ISSUER = "postern-staging"', 'TOKEN_ISSUER = "postern"', /TOKEN_ISSUER is that of the top level/],
  ['database_name = "postern-staging"', 'database_name = "postern"', /database_name is that of the top level/],
  [
    '[[env.staging.durable_objects.bindings]]\nname = "HASHER"',
    '[[env.staging.durable_objects.bindings]]\nname = "OTHER"',
    /\[env\.staging\] lacks HASHER/,
  ],
])('a staging environment with %s changed', async (from, to, message) => {
  expect(toml).toContain(from)
  await writeFile(join(account.root, 'wrangler.toml'), toml.replace(from, to))
  expect((await diagnose(['--env', 'staging'])).stdout).toMatch(message)
})

test('local settings that cannot work', async () => {
  await writeFile(join(account.root, '.dev.vars'), 'JWT_SECRET=short\nALLOWED_ORIGINS=http://localhost:5173/\n')
  const { stdout } = await diagnose()
  expect(stdout).toContain('JWT_SECRET has fewer than 32 bytes')
  expect(stdout).toContain('http://localhost:5173/ is not an origin')
  expect(stdout).not.toContain('short')
})
