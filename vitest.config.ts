import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** Every test in `test/` runs inside workerd, once over D1 and once over libSQL; those in `test/node` run in Node. */
const migrations = await readD1Migrations('drizzle')

const inWorkerd = (name: 'd1' | 'libsql') => ({
  plugins: [
    cloudflareTest(({ inject }) => ({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        bindings: {
          MIGRATIONS: migrations,
          STORE: name,
          LIBSQL_SERVER: inject('libsqlServer'),
          // `BASE_PATH=/api npx vitest run --project d1`: the same tests of a service under a path.
          TEST_BASE_PATH: process.env['BASE_PATH'] ?? '',
        },
      },
    })),
  ],
  test: {
    name,
    include: ['test/**/*.test.ts'],
    exclude: ['test/node/**'],
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 90_000,
  },
})

export default defineConfig({
  test: {
    globalSetup: ['test/support/node/setup.ts'],
    silent: 'passed-only',
    projects: [
      inWorkerd('d1'),
      inWorkerd('libsql'),
      { test: { name: 'node', include: ['test/node/**/*.test.ts'], environment: 'node', testTimeout: 120_000 } },
    ],
  },
})
