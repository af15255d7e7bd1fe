/** A deployment without an account: the size of the bundle, the migrations and the configuration. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readD1Migrations } from '@cloudflare/vitest-plugin'
import { createClient } from '@libsql/client/http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readSettings } from '../../scripts/deploy/settings.mjs'
import { startHranaServer, type HranaServer } from './hrana/server.ts'

const run = promisify(execFile)
const bin = (name: string) => join('node_modules', '.bin', name)

let server: HranaServer
let directory: string
let output: string
let bundle: string

beforeAll(async () => {
  server = await startHranaServer({ authToken: 'let me in' })
  directory = await mkdtemp(join(tmpdir(), 'postern-'))
  output = (await run(bin('wrangler'), ['deploy', '--dry-run', '--outdir', directory])).stdout
  bundle = await readFile(join(directory, 'worker.js'), 'utf8')
}, 60_000)
afterAll(async () => {
  await server.close()
  await rm(directory, { recursive: true })
})

test('the bundle has at most 240 KiB gzipped and no secret', () => {
  const size = Number(/gzip: ([\d.]+) KiB/.exec(output)?.[1])
  expect(size).toBeGreaterThan(50)
  expect(size).toBeLessThanOrEqual(240)
  expect(output).not.toMatch(/JWT_SECRET|PEPPER/)
})

test('the bundle imports no module of Node', () => {
  // workerd takes 10 ms of the start-up to load a module such as `crypto`.
  const imported = [...bundle.matchAll(/\bimport\s?(?:[\w${},*\s]+from)?\s?["']([^"']+)["']/g)].map(([, name]) => name)
  expect(imported).toContain('cloudflare:workers')
  expect(imported.filter((name) => !/^cloudflare:|\.txt$/.test(name ?? ''))).toEqual([])
})

test('no regular expression literal has Unicode properties, which V8 reads when it parses the script', () => {
  // In a string the backslash is doubled, except in the raw templates of `lazyRegExp`.
  expect(
    bundle.match(/(?<=[=(,:!&|?\s])\/(?:[^/\\\n`"']|\\.)*\\p\{(?:[^/\\\n]|\\.)*\/[dgimsuvy]*u[dgimsuvy]*/g),
  ).toBeNull()
})

test('the migrations create the same libSQL database as in the tests', async () => {
  const env = { ...process.env, LIBSQL_URL: server.databaseUrl('migrated'), LIBSQL_AUTH_TOKEN: 'let me in' }
  await run(process.execPath, ['scripts/migrate-libsql.mjs'], { env })
  await run(process.execPath, ['scripts/migrate-libsql.mjs'], { env })

  const connect = (name: string) => createClient({ url: server.databaseUrl(name), authToken: 'let me in' })
  const migrations = await readD1Migrations('drizzle')
  await connect('tested').batch(
    migrations.flatMap(({ queries }) => queries),
    'write',
  )
  const schemaOf = async (name: string) => {
    const { rows } = await connect(name).execute(
      "select name || ': ' || sql from sqlite_schema where sql is not null and tbl_name not like '\\_\\_%' escape '\\' order by name",
    )
    return rows.map(({ 0: definition }) =>
      typeof definition === 'string' ? definition.replaceAll(/\s+/g, ' ') : definition,
    )
  }
  const schema = await schemaOf('migrated')
  expect(schema.length).toBeGreaterThan(5)
  expect(schema).toEqual(await schemaOf('tested'))
})

test('a failed libSQL migration prints the message of the database and no secret', async () => {
  const env = { ...process.env, LIBSQL_URL: server.databaseUrl('taken'), LIBSQL_AUTH_TOKEN: 'let me in' }
  await createClient({ url: env.LIBSQL_URL, authToken: 'let me in' }).execute('create table users (id integer)')
  const failed = await run(process.execPath, ['scripts/migrate-libsql.mjs'], { env }).catch((error: Failed) => error)
  expect(failed).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/do not apply .*table `?users`? already exists/),
  })
  expect(failed.stderr).not.toContain('let me in')
  const { LIBSQL_URL: _, ...without } = env
  const unset = await run(process.execPath, ['scripts/migrate-libsql.mjs'], { env: without }).catch(
    (error: Failed) => error,
  )
  expect(unset).toMatchObject({ code: 1, stderr: expect.stringContaining('Set LIBSQL_URL') })
})

test.each([
  ['postern', []],
  ['postern-staging', ['--env', 'staging']],
])('`npm run deploy -- --dry-run` lists every binding of %s and changes nothing', async (worker, args) => {
  const { stdout } = await run(process.execPath, ['scripts/deploy/deploy.mjs', '--dry-run', ...args])
  for (const binding of bindingNames) expect(stdout).toMatch(new RegExp(`^env\\.${binding} `, 'm'))
  expect(stdout).toContain(`env.DB (${worker}) `)
  expect(stdout).toMatch(new RegExp(`${worker} would be deployed as [\\da-f]{20}\\. Nothing was changed\\.`))
})

test('each environment has all bindings and variables of the top level, with other names', () => {
  const staging = readSettings('staging')
  const production = readSettings()
  expect(staging.bindings.toSorted()).toEqual(production.bindings.toSorted())
  for (const of of [nameOf.worker, nameOf.database, nameOf.rateLimit, nameOf.issuer]) {
    expect(of(staging)).toBeTruthy()
    expect(of(staging)).not.toBe(of(production))
  }
})

type Failed = { code: number; stdout: string; stderr: string }
type Settings = ReturnType<typeof readSettings>

const bindingNames = readSettings().bindings

const nameOf = {
  worker: ({ worker }: Settings) => worker,
  database: ({ database }: Settings) => database?.database_name,
  rateLimit: ({ rateLimits }: Settings) =>
    rateLimits.map(({ namespace_id }: { namespace_id: string }) => namespace_id).join(),
  issuer: ({ vars }: Settings) => vars['TOKEN_ISSUER'],
}

test('no migration rebuilds a table', async () => {
  // A rebuild (create, copy, drop, rename) drops a parent, and ON DELETE CASCADE deletes its children.
  const statements = (await readD1Migrations('drizzle')).flatMap(({ queries }) => queries)
  expect(statements.filter((statement) => /drop table|rename to|foreign_keys/i.test(statement))).toEqual([])
})
