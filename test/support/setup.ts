/** Runs before each test file: the limits of production, and the migrations on a database of its own. */
import { createClient } from '@libsql/client/web'
import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import './production-limits.ts'
import { libsqlUrl } from './service.ts'

if (env.STORE === 'd1') {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
} else {
  const statements = env.MIGRATIONS.flatMap(({ queries }) => queries)
  await createClient({ url: libsqlUrl }).batch(statements, 'write')
}
