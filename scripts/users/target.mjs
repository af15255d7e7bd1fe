// The database of an import or export: local D1, remote D1, or libSQL if LIBSQL_URL is set.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createClient } from '@libsql/client/web'

/**
 * Opens the database. `query` sends one statement with its parameters and resolves to the rows.
 *
 * @param {{ isRemote: boolean, persistTo: string | undefined }} options
 */
export function openTarget({ isRemote, persistTo }) {
  const { LIBSQL_URL: url, LIBSQL_AUTH_TOKEN: authToken } = process.env
  if (url && (isRemote || persistTo)) throw new Error('LIBSQL_URL is set: --remote and --persist-to are for D1.')
  return url ? openLibsql(url, authToken) : openD1(isRemote, persistTo ?? join('.wrangler', 'state'))
}

function openLibsql(url, authToken) {
  const client = createClient({ url, ...(authToken && { authToken }) })
  return {
    name: `libSQL at ${new URL(url).host}`,
    query: async (sql, ...args) => (await client.execute({ sql, args })).rows,
    close: async () => client.close(),
  }
}

/** Opens D1 through wrangler, with a configuration that has only the database. */
async function openD1(isRemote, persistTo) {
  // Imported here, because wrangler is large and libSQL does not need it.
  const { getPlatformProxy, unstable_readConfig } = await import('wrangler')
  const { name, compatibility_date, d1_databases } = unstable_readConfig({ config: 'wrangler.toml' })
  const database = d1_databases.find(({ binding }) => binding === 'DB')
  if (!database) throw new Error('wrangler.toml binds no D1 database as DB.')
  const directory = await mkdtemp(join(tmpdir(), 'postern-users-'))
  const configPath = join(directory, 'wrangler.json')
  const bound = { ...database, ...(isRemote && { remote: true }) }
  await writeFile(configPath, JSON.stringify({ name, compatibility_date, d1_databases: [bound] }))
  const { env, dispose } = await getPlatformProxy({ configPath, persist: { path: resolve(persistTo, 'v3') } })
  return {
    name: `${isRemote ? 'remote' : 'local'} D1 ${database.database_name}`,
    query: async (sql, ...values) =>
      (
        await env.DB.prepare(sql)
          .bind(...values)
          .all()
      ).results,
    async close() {
      await dispose()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
