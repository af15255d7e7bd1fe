/**
 * A deployment that changes the schema: each version of the code over the database of the other. `npm run deploy` migrates
 * first, so for some seconds the deployed code serves a newer schema.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { getTableName, is } from 'drizzle-orm'
import { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import * as schema from '../../../src/store/schema.ts'
import { startHranaServer, type HranaServer } from '../hrana/server.ts'
import { credentials, register, send, sendOrdinaryRequests } from './ordinary-requests.ts'
import { addColumn, makeVersions, type Service } from './versions.ts'

let server: HranaServer
let directory: string
let versions: Awaited<ReturnType<typeof makeVersions>>
const running: Service[] = []

beforeAll(async () => {
  server = await startHranaServer()
  directory = await mkdtemp(join(tmpdir(), 'postern-schema-'))
  versions = await makeVersions(directory)
}, 60_000)
afterEach(() => Promise.all(running.splice(0).map((service) => service.kill())))
afterAll(async () => {
  await server.close()
  await rm(directory, { recursive: true, force: true, maxRetries: 10 })
})

const drivers = ['d1', 'libsql'] as const

/** A new database, and how to migrate it and to start a version of the code over it. */
function newDatabase(driver: (typeof drivers)[number], name: string) {
  const database = versions.over(`${driver}-${name}`, driver === 'd1' ? undefined : server.databaseUrl(name))
  return {
    ...database,
    async start(...given: Parameters<typeof database.start>) {
      const service = await database.start(...given)
      running.push(service)
      return service
    },
  }
}

test('the next migration adds a table and a column of every other table, and changes nothing else', () => {
  const statements = versions.sql.split('--> statement-breakpoint').map((statement) => statement.trim())
  const columns = Object.values(schema)
    .filter((value) => is(value, SQLiteTable))
    .map((table) => addColumn(getTableName(table)))
  const [table, index] = [/^CREATE TABLE `later` \(/, /^CREATE INDEX `later_rank` /]
  expect(statements).toEqual(expect.arrayContaining(columns))
  expect(statements.filter((statement) => !columns.includes(statement))).toEqual([
    expect.stringMatching(table),
    expect.stringMatching(index),
  ])
})

test.each(drivers)(
  'over %s, code without its migration is unhealthy until the migration is applied',
  async (driver) => {
    const database = newDatabase(driver, 'early')
    await database.migrateTo('this')
    const early = await database.start('next')
    expect(await readHealth(early)).toEqual([503, 'The database lacks migrations that the deployed code needs.'])
    expect(await loggedDifference(early)).toMatchObject({ missing: [versions.migration.tag], unknown: [] })
    const refused = await send(early, 'POST', '/users/register', { json: credentials('early') })
    expect([refused.status, refused.body.code]).toEqual([500, 'internal-error'])

    await database.migrateTo('next')
    expect(await readHealth(early)).toEqual([200, 'ok'])
    await sendOrdinaryRequests(early, await register(early, 'early'))
  },
)

test.each(drivers)(
  'over %s, deployed code serves a database with the next migration, and the next code after it',
  async (driver) => {
    const database = newDatabase(driver, 'window')
    await database.migrateTo('this')
    const deployed = await database.start('this')
    expect(await readHealth(deployed)).toEqual([200, 'ok'])
    const [before, kept] = [await register(deployed, 'before'), await register(deployed, 'kept')]
    await sendOrdinaryRequests(deployed, before)

    await database.migrateTo('next')
    expect(await readHealth(deployed)).toEqual([
      503,
      'The database has migrations that the deployed code does not know.',
    ])
    const { tag, when } = versions.migration
    const unknown = [driver === 'd1' ? tag : String(when)]
    expect(await loggedDifference(deployed)).toMatchObject({ missing: [], unknown })
    await sendOrdinaryRequests(deployed, await register(deployed, 'window'))

    const next = await database.start('next')
    expect(await readHealth(next)).toEqual([200, 'ok'])
    // Both versions serve until the last instance of the old one has ended.
    await sendOrdinaryRequests(next, kept)
    await sendOrdinaryRequests(deployed, await register(next, 'after'))
  },
)

async function readHealth(service: Service) {
  const { status, body } = await send(service, 'GET', '/health')
  return [status, body.detail ?? body.status]
}

/** The log line of `/health`. It can arrive after the response. */
async function loggedDifference({ output }: Service) {
  for (let tries = 0; tries < 100; tries++) {
    const [line] = /\{.*"migrations-differ".*\}/.exec(stripVTControlCharacters(output())) ?? []
    if (line !== undefined) return JSON.parse(line) as object
    await sleep(20)
  }
  throw new Error(`The log has no migrations that differ:\n${output()}`)
}
