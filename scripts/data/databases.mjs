import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
// Opens a local D1, a remote D1 or a libSQL database, with the same interface for queries and batches.
import { createClient } from '@libsql/client/http'
import { root, wranglerJson } from '../deploy/wrangler.mjs'

/** The options of `npm run backup` and `npm run restore` that choose a database. Default: the local D1 of `npm start`. */
export const DATABASE_OPTIONS = {
  remote: { type: 'boolean', default: false },
  env: { type: 'string' },
  libsql: { type: 'string' },
  'persist-to': { type: 'string' },
}

/**
 * Opens the database that the options name. `batch` is atomic.
 *
 * @returns {Promise<{ name: string, all: Function, batch: Function, close: () => Promise<void> }>}
 */
export async function openDatabase(options) {
  if (options.libsql) return openLibsql(options.libsql)
  return options.remote ? openRemoteD1(options.env) : openLocalD1(options.env, options['persist-to'])
}

function openLibsql(url) {
  const authToken = process.env.LIBSQL_AUTH_TOKEN
  const client = createClient({ url, ...(authToken && { authToken }), intMode: 'number' })
  const asObjects = ({ columns, rows }) =>
    rows.map((row) => Object.fromEntries(columns.map((name, n) => [name, row[n]])))
  return {
    name: `libSQL at ${new URL(url).host}`,
    all: async (sql, ...args) => asObjects(await client.execute({ sql, args })),
    batch: (statements) =>
      client.batch(
        statements.map(([sql, ...args]) => ({ sql, args })),
        'write',
      ),
    close: async () => client.close(),
  }
}

/** Opens the file that `wrangler d1 execute --local` opens. wrangler itself would take 250 MB of memory. */
async function openLocalD1(environment, persistTo = join(root, '.wrangler/state')) {
  const { convertV4MiniflareOptions, Log, LogLevel, Miniflare } = await import('miniflare')
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: '',
      log: new Log(LogLevel.ERROR),
      resourcePersistencePath: join(persistTo, 'v3'),
      d1Databases: { DB: await localId(environment) },
    }),
  )
  const DB = await miniflare.getD1Database('DB')
  return {
    name: 'the local D1 database',
    all: async (sql, ...args) =>
      (
        await DB.prepare(sql)
          .bind(...args)
          .all()
      ).results,
    batch: (statements) => DB.batch(statements.map(([sql, ...args]) => DB.prepare(sql).bind(...args))),
    close: () => miniflare.dispose(),
  }
}

/** wrangler names local data by the id of the database in wrangler.toml, or else by its binding. */
async function localId(environment) {
  const table = environment ? `env.${environment}.d1_databases` : 'd1_databases'
  const [, section = ''] = (await readFile(join(root, 'wrangler.toml'), 'utf8')).split(`\n[[${table}]]\n`)
  return /^database_id *= *"([^"]+)"/m.exec(section.split('\n[')[0])?.[1] ?? 'DB'
}

/** Uses the HTTP API: https://developers.cloudflare.com/api/resources/d1/subresources/database/methods/query/ */
async function openRemoteD1(environment) {
  const [{ readSettings }, { findDatabase, readLogin }] = await Promise.all([
    import('../deploy/settings.mjs'),
    import('../deploy/cloud.mjs'),
  ])
  const settings = readSettings(environment)
  const { account } = await readLogin()
  const database = await findDatabase(settings)
  if (!database) throw new Error(`The account has no D1 database ${settings.database.database_name}.`)
  const { type, token } = await wranglerJson(['auth', 'token', '--json'])
  if (type === 'api_key')
    throw new Error('Use wrangler login or CLOUDFLARE_API_TOKEN: a global API key is not supported.')
  const base = process.env.CLOUDFLARE_API_BASE_URL ?? 'https://api.cloudflare.com/client/v4'
  const url = `${base}/accounts/${account.id}/d1/database/${encodeURIComponent(database.uuid)}/query`

  async function query(body) {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
    const text = await response.text()
    const { success, result, errors = [] } = parse(text) ?? {}
    if (!success) {
      const reasons = errors.map(({ message }) => message).join('; ') || text.slice(0, 200)
      throw new Error(`D1 responded ${response.status}: ${reasons}`)
    }
    return result
  }
  return {
    name: `D1 database ${database.name}`,
    all: async (sql, ...params) => (await query({ sql, params }))[0].results,
    batch: (statements) => query({ batch: statements.map(([sql, ...params]) => ({ sql, params })) }),
    close: async () => {},
  }
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
