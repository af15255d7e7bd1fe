/** Runs before each test file: enforces the limits of production, and migrates the database of the file. */
import { createClient } from '@libsql/client/http'
import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import journal from '../../drizzle/meta/_journal.json' with { type: 'json' }
import './production-limits.ts'
import { libsqlUrl } from './service.ts'

/** The table in which Drizzle's migrator records the applied migrations. */
const noteMigrations = [
  'create table __drizzle_migrations (id serial primary key, hash text not null, created_at numeric)',
  ...journal.entries.map(({ when }) => `insert into __drizzle_migrations (hash, created_at) values ('', ${when})`),
]

if (env.STORE === 'd1') {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
} else {
  const statements = env.MIGRATIONS.flatMap(({ queries }) => queries)
  await createClient({ url: libsqlUrl }).batch([...statements, ...noteMigrations], 'write')
}
