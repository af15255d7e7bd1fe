/** `npm run deploy` with a stand-in for wrangler: the order of its steps, and their repetition. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { makeAccount, type Account, type Ended } from './account.ts'

let account: Awaited<ReturnType<typeof makeAccount>>

beforeAll(async () => void (account = await makeAccount()))
beforeEach(() => account.clear())
afterAll(() => account.remove())

const deploy = (args: string[] = [], env?: Record<string, string>) => account.run('deploy.mjs', args, env)

/** The account without the values of its secrets and the recorded calls. */
const stateOf = ({ databases, workers }: Account) => ({
  databases,
  workers: Object.entries(workers).map(([name, { secrets, deployments }]) => ({
    name,
    secrets: Object.keys(secrets).toSorted(),
    deployed: deployments.at(-1),
  })),
})

test('an empty account gets a database, its migrations, the secrets and the code, in this order', async () => {
  const { code, stdout } = await deploy()
  expect(code).toBe(0)
  const { calls, databases, workers } = await account.read()
  expect(commandsThatChange(calls)).toEqual(['d1 create', 'd1 migrations', 'secret bulk', 'deploy'])
  expect(databases['postern']?.migrations).toContain('0001_search.sql')
  expect(workers['postern']?.deployments).toEqual([
    { tag: expect.stringMatching(/^[\da-f]{20}$/), migrations: databases['postern']?.migrations },
  ])
  expect(stdout).toContain('PASSWORD_PEPPER cannot be replaced')
  expect(stdout).toContain(`Postern runs on ${account.url}\n`)
  expect(stdout).toContain(`curl ${account.url}/users/register`)
})

test('the second run changes nothing', async () => {
  await deploy()
  const before = await account.read()
  const { code, stdout } = await deploy()
  expect(code).toBe(0)
  const after = await account.read()
  expect({ ...after, calls: [] }).toEqual({ ...before, calls: [] })
  expect(stdout).toContain('is already deployed')
  expect(stdout).not.toContain('cannot be replaced')
})

test('changed code is deployed, and the same code with --force', async () => {
  await deploy()
  await account.change({ code: 'two' })
  await deploy()
  await deploy(['--force'])
  const { workers } = await account.read()
  const tags = workers['postern']?.deployments.map(({ tag }) => tag)
  expect(tags).toHaveLength(3)
  expect(tags?.[0]).not.toBe(tags?.[1])
  expect(tags?.[1]).toBe(tags?.[2])
})

test('a deployment that is killed before or after any of its calls has the same result when it is repeated', async () => {
  await deploy()
  const whole = await account.read()
  for (let call = 1; call <= whole.calls.length; call++) {
    for (const moment of ['before', 'after']) {
      await account.clear()
      const killed = await deploy([], { STANDIN_KILL: `${moment}:${call}` })
      expect(killed.code, `${moment} ${call}`).not.toBe(0)
      expect((await deploy()).code, `${moment} ${call}`).toBe(0)
      expect(stateOf(await account.read()), `${moment} ${call}`).toEqual(stateOf(whole))
    }
  }
}, 300_000)

test('no argument and no output contains a secret', async () => {
  const { stdout, stderr } = await deploy()
  const { calls, workers } = await account.read()
  const secrets = Object.values(workers['postern']?.secrets ?? {})
  expect(secrets).toHaveLength(2)
  expect(new Set(secrets).size).toBe(2)
  for (const secret of secrets) {
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(`${stdout}${stderr}${JSON.stringify(calls)}`).not.toContain(secret)
  }
})

test('existing secrets are not changed', async () => {
  const secrets = { JWT_SECRET: 'mine', LIBSQL_AUTH_TOKEN: 'mine too' }
  await account.change({ workers: { postern: { secrets, deployments: [] } } })
  const { stdout } = await deploy()
  const { workers } = await account.read()
  expect(workers['postern']?.secrets).toEqual({ ...secrets, PASSWORD_PEPPER: expect.any(String) })
  expect(stdout).toContain('made PASSWORD_PEPPER')
})

test('refuses to create a second pepper for a database with peppered passwords', async () => {
  await account.change({ databases: { postern: { migrations: [], peppered: 1 } } })
  const ended = await deploy()
  expectRefusal(ended, /Set the pepper that they were hashed with: npx wrangler secret put PASSWORD_PEPPER/)
  expect((await account.read()).workers).toEqual({})
})

test('staging has its own Worker, database and secrets', async () => {
  await deploy(['--env', 'staging'])
  const { databases, workers } = await account.read()
  expect(Object.keys(databases)).toEqual(['postern-staging'])
  expect(Object.keys(workers)).toEqual(['postern-staging'])
})

test('stops without a login', async () => {
  await account.change({ isLoggedIn: false })
  expectRefusal(await deploy(), /Run: npx wrangler login/)
  expect((await account.read()).calls).toHaveLength(1)
})

test('stops if the login has several accounts and none is chosen', async () => {
  const accounts = [
    { id: '0123', name: 'Hong' },
    { id: '4567', name: 'Kim' },
  ]
  await account.change({ accounts })
  expectRefusal(await deploy(), /Set CLOUDFLARE_ACCOUNT_ID to one of them:\n +0123 +Hong\n +4567 +Kim/)
  expectRefusal(await deploy([], { CLOUDFLARE_ACCOUNT_ID: '89' }), /is not the id of an account/)
  expect((await deploy([], { CLOUDFLARE_ACCOUNT_ID: '4567' })).stdout).toContain('account Kim')
})

test('deploys no code if a migration fails', async () => {
  await account.change({ brokenMigrations: true })
  expectRefusal(await deploy(), /near "nonsense": syntax error/)
  expect((await account.read()).workers).toEqual({})
})

test('an unhealthy service fails the deployment, and its response is printed', async () => {
  account.respondToHealth(503, '{"code":"unavailable"}')
  const { code, stdout, stderr } = await deploy()
  expect(stderr).toMatch(/\/health responded with 503: {"code":"unavailable"}/)
  expect(stdout).not.toContain('Postern runs')
  expect(code).toBe(1)
})

test('refuses an environment that is not in wrangler.toml, and an unknown option', async () => {
  expectRefusal(await deploy(['--env', 'nowhere']), /No environment found in configuration with name \W*nowhere/)
  expect((await deploy(['--enviroment', 'staging'])).code).not.toBe(0)
  expect((await account.read()).calls).toEqual([])
})

function expectRefusal({ code, stderr }: Ended, message: RegExp) {
  expect(stderr).toMatch(message)
  expect(code).toBe(1)
}

/** The calls that can change something, by their first two words. */
function commandsThatChange(calls: Account['calls']) {
  const changing = new Set(['d1 create', 'd1 migrations', 'secret bulk', 'deploy --tag'])
  return calls
    .map(({ argv }) => argv.slice(0, 2).join(' '))
    .filter((command) => changing.has(command))
    .map((command) => command.replace(' --tag', ''))
}
