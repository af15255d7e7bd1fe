/** Two versions of the project with the same secrets: this one, and a next one with a further additive migration. */
import { execFile } from 'node:child_process'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startService } from '../../../scripts/service.mjs'
import { copyProject } from '../../support/node/copy.ts'

const execute = promisify(execFile)

export type Version = 'this' | 'next'
export type Service = Awaited<ReturnType<typeof startService>>

const SETTINGS = {
  JWT_SECRET: 'a secret for tests, of thirty-two bytes or more',
  PASSWORD_PEPPER: 'a pepper for tests, of thirty-two bytes or more',
  // With mail, a password change inserts a notice in its batch.
  MAIL_FROM: 'Postern <no-reply@localhost.test>',
  APP_URL: 'https://app.example.com',
}

/** Copies the project twice, and changes the schema of the next version as a developer does, with `npm run migration`. */
export async function makeVersions(directory: string) {
  const rootOf = (version: Version) => join(directory, version)
  await Promise.all([copyProject(rootOf('this'), SETTINGS), copyProject(rootOf('next'), SETTINGS)])
  await extendSchema(join(rootOf('next'), 'src/store/schema'))
  await execute(process.execPath, ['scripts/migration.mjs', '--name', 'added_later'], { cwd: rootOf('next') })
  const readMeta = async (file: string) =>
    JSON.parse(await readFile(join(rootOf('next'), 'drizzle/meta', file), 'utf8'))
  const migration: { tag: string; when: number } = (await readMeta('_journal.json')).entries.at(-1)
  const { tables } = await readMeta(`${migration.tag.slice(0, 4)}_snapshot.json`)
  const file = join(rootOf('next'), 'drizzle', `${migration.tag}.sql`)
  await writeFile(file, extendMigration(await readFile(file, 'utf8'), Object.keys(tables as object)))
  return {
    /** The new migration. D1 records its name, libSQL its time. */
    migration,
    sql: await readFile(file, 'utf8'),
    /** A new database: of local D1, or the libSQL database at a URL. No version applies its migrations when it starts. */
    over(name: string, libsqlUrl?: string) {
      const dir = join(directory, name)
      const bin = 'node_modules/wrangler/bin/wrangler.js'
      const d1 = [bin, 'd1', 'migrations', 'apply', 'DB', '--local', '--persist-to', dir]
      const env = { ...process.env, ...(libsqlUrl !== undefined && { LIBSQL_URL: libsqlUrl }) }
      const options = libsqlUrl === undefined ? [] : ['--var', `LIBSQL_URL:${libsqlUrl}`]
      return {
        migrateTo: (version: Version) =>
          execute(process.execPath, libsqlUrl === undefined ? d1 : ['scripts/migrate-libsql.mjs'], {
            cwd: rootOf(version),
            env,
          }),
        start: (version: Version) => startService({ root: rootOf(version), dir, options, migrate: false }),
      }
    },
  }
}

/** A new column of users and of every content type, which the code of the next version reads and writes, and a new table. */
async function extendSchema(directory: string) {
  for (const file of ['accounts.ts', 'content.ts']) {
    const source = await readFile(join(directory, file), 'utf8')
    const extended = source.replace("created_at: instant('created_at').notNull(),", "$& later: text('later'),")
    await writeFile(join(directory, file), extended)
  }
  const columns = "{ name: text('name').primaryKey(), rank: integer('rank') }"
  const table = `sqliteTable('later', ${columns}, (t) => [index('later_rank').on(t.rank)])`
  await appendFile(join(directory, 'accounts.ts'), `export const later = ${table}\n`)
}

/** The same column in all other tables, so that no statement of the deployed code can depend on the number of columns. */
function extendMigration(sql: string, tables: string[]): string {
  const others = tables.filter((table) => table !== 'later' && !sql.includes(addColumn(table)))
  return [sql.trim(), ...others.map(addColumn)].join('\n--> statement-breakpoint\n')
}

export const addColumn = (table: string) => `ALTER TABLE \`${table}\` ADD \`later\` text;`
