/** What can be known of a deployment without an account: that the bundle is made and small, and that migrations arrive. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readD1Migrations } from '@cloudflare/vitest-plugin'
import { createClient } from '@libsql/client/web'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startHranaServer, type HranaServer } from './hrana/server.ts'

const run = promisify(execFile)
const bin = (name: string) => join('node_modules', '.bin', name)

let server: HranaServer
let directory: string

beforeAll(async () => {
  server = await startHranaServer({ authToken: 'let me in' })
  directory = await mkdtemp(join(tmpdir(), 'postern-'))
})
afterAll(async () => {
  await server.close()
  await rm(directory, { recursive: true })
})

test('a deployment is at most 220 KiB gzipped, and holds no secret', async () => {
  const { stdout } = await run(bin('wrangler'), ['deploy', '--dry-run', '--outdir', directory])
  const size = Number(/gzip: ([\d.]+) KiB/.exec(stdout)?.[1])
  expect(size).toBeGreaterThan(50)
  expect(size).toBeLessThanOrEqual(220)
  expect(stdout).not.toMatch(/JWT_SECRET|PEPPER/)
})

test('the migrations make the same libSQL database as they make in the tests', async () => {
  const env = { ...process.env, LIBSQL_URL: server.databaseUrl('migrated'), LIBSQL_AUTH_TOKEN: 'let me in' }
  await run(bin('drizzle-kit'), ['migrate'], { env })
  await run(bin('drizzle-kit'), ['migrate'], { env })

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

test('a migration makes no table anew where rows would go with their parent', async () => {
  // A rebuild (create, copy, drop, rename) drops a parent, and ON DELETE CASCADE takes its children with it.
  const statements = (await readD1Migrations('drizzle')).flatMap(({ queries }) => queries)
  expect(statements.filter((statement) => /drop table|rename to|foreign_keys/i.test(statement))).toEqual([])
})
