import { defineConfig } from 'drizzle-kit'

/** `drizzle-kit generate` needs no database; `drizzle-kit migrate` brings a libSQL one up to date (D1: wrangler). */
const { LIBSQL_URL: url = '', LIBSQL_AUTH_TOKEN: authToken } = process.env

export default defineConfig({
  dialect: 'turso',
  schema: './src/store/schema.ts',
  out: './drizzle',
  dbCredentials: { url, ...(authToken && { authToken }) },
})
