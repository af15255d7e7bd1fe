// `npm start -- --libsql URL`: the local service over a libSQL server instead of the local D1 database.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { migrateLibsql } from './migrate-libsql.mjs'

/**
 * Applies the migrations and resolves to the arguments for `wrangler dev`. The token (LIBSQL_AUTH_TOKEN, from the
 * environment or `.dev.vars`) is passed in a file that only its owner can read, because arguments are visible to all users.
 */
export async function prepareLibsql(root, url) {
  const settings = parseEnv(await readFile(join(root, '.dev.vars'), 'utf8'))
  const token = process.env.LIBSQL_AUTH_TOKEN ?? settings.LIBSQL_AUTH_TOKEN
  await migrateLibsql(url, token)
  const file = join(root, '.wrangler/libsql.vars')
  await mkdir(join(root, '.wrangler'), { recursive: true })
  await writeFile(file, token ? `LIBSQL_AUTH_TOKEN=${token}\n` : '', { mode: 0o600 })
  return ['--var', `LIBSQL_URL:${url}`, '--env-file', join(root, '.dev.vars'), '--env-file', file]
}
