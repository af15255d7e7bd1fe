// The database of an import or export: local D1, remote D1, or libSQL if LIBSQL_URL is set.
import { DATABASE_OPTIONS, openDatabase } from '../data/databases.mjs'

/** The options of `parseArgs` that choose the database. */
const { libsql: _, ...options } = DATABASE_OPTIONS
export const TARGET_OPTIONS = options

export const TARGET_USAGE = `
  --remote                the D1 database of the deployment, not the local one
  --env NAME              the D1 database of this environment of wrangler.toml
  --persist-to DIR        the directory of the local D1 database (default: .wrangler/state)
Set LIBSQL_URL (and LIBSQL_AUTH_TOKEN) for libSQL.`

/** Opens the database of the options. `query` sends one statement with its parameters and resolves to the rows. */
export async function openTarget(given) {
  const { LIBSQL_URL: libsql } = process.env
  const forD1 = Object.keys(TARGET_OPTIONS).filter((name) => given[name])
  if (libsql && forD1.length > 0) throw new Error(`LIBSQL_URL is set, and --${forD1[0]} is for D1.`)
  const { name, all, close } = await openDatabase({ ...given, libsql })
  return { name, query: all, close }
}
