// Reads the settings of one environment in `wrangler.toml` with wrangler's own parser.
import { join } from 'node:path'
import { unstable_readConfig as readConfig } from 'wrangler'
import { root } from './wrangler.mjs'

/**
 * @param {string} [environment] Default: the top level
 * @returns the Worker's name, variables, D1 database (absent with libSQL) and bindings
 */
export function readSettings(environment) {
  const config = readConfig({ config: join(root, 'wrangler.toml'), env: environment ?? '' }, { hideWarnings: true })
  const vars = Object.fromEntries(Object.entries(config.vars).map(([name, value]) => [name, String(value)]))
  return {
    environment,
    worker: config.name,
    vars,
    libsqlUrl: vars.LIBSQL_URL || undefined,
    database: config.d1_databases.find(({ binding }) => binding === 'DB'),
    rateLimits: config.ratelimits,
    bindings: [
      ...config.d1_databases.map(({ binding }) => binding),
      ...config.durable_objects.bindings.map(({ name }) => name),
      ...config.ratelimits.map(({ name }) => name),
      ...config.send_email.map(({ name }) => name),
      ...(config.assets?.binding ? [config.assets.binding] : []),
      ...Object.keys(vars),
    ],
  }
}

/** The prefix of every path: '' or, for example, '/api'. */
export const basePathOf = ({ vars }) => (vars.BASE_PATH ?? '').replace(/\/+$/, '')
