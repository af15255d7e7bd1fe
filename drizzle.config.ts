import { defineConfig } from 'drizzle-kit'

/** For `drizzle-kit generate`, which needs no database. `npm run deploy` and `npm run migrate:libsql` apply migrations. */
export default defineConfig({ dialect: 'sqlite', schema: './src/store/schema.ts', out: './drizzle' })
