/** Before each test file: the migrations, on a database of the file's own. */
import { createClient } from '@libsql/client/web'
import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll } from 'vitest'
import { libsqlUrl } from './service.ts'

beforeAll(async () => {
  if (env.STORE === 'd1') return applyD1Migrations(env.DB, env.MIGRATIONS)
  const client = createClient({ url: libsqlUrl })
  await client.batch(
    env.MIGRATIONS.flatMap(({ queries }) => queries),
    'write',
  )
})
