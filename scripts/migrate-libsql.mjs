// `npm run migrate:libsql`: applies the missing migrations to the libSQL database in LIBSQL_URL.
import { fileURLToPath } from 'node:url'
import { createClient } from '@libsql/client/http'
import { migrate } from 'drizzle-orm/libsql/migrator'
import { drizzle } from 'drizzle-orm/libsql/web'

const migrationsFolder = fileURLToPath(new URL('../drizzle', import.meta.url))

/** Applies the missing migrations in one batch. Throws an error with the message of the database. */
export async function migrateLibsql(url, authToken = process.env.LIBSQL_AUTH_TOKEN) {
  const client = createClient({ url, ...(authToken && { authToken }) })
  try {
    await migrate(drizzle(client), { migrationsFolder })
  } catch (error) {
    throw new Error(`The migrations do not apply to ${new URL(url).host}: ${reasonOf(error)}`, { cause: error })
  } finally {
    client.close()
  }
}

/** The message of the innermost cause. The outer messages repeat the statement. */
const reasonOf = (error) => (error.cause instanceof Error ? reasonOf(error.cause) : error.message)

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const url = process.env.LIBSQL_URL
    if (!url) throw new Error('Set LIBSQL_URL to the URL of the database, and LIBSQL_AUTH_TOKEN to its token.')
    await migrateLibsql(url)
    console.log('The libSQL database is up to date.')
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
