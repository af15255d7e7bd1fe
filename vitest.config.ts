import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/**
 * The tests in `test/` run inside workerd, over D1 or libSQL. Those in `test/node` run in Node.js.
 *
 * `*.slow.test.ts` use browsers, start whole programs, or have thousands of inputs. They are separate projects, which only
 * `npm run test:slow` runs. The generated tests are in both, with more runs in the slow projects.
 */
const SLOW = 'test/**/*.slow.test.ts'
const GENERATED = ['test/accounts/session-model.test.ts', 'test/http/fuzz.test.ts']
const IN_NODE = 'test/node/**'

const migrations = await readD1Migrations('drizzle')

// For each test file, wrangler prints that it reads `.dev.vars`.
process.env['WRANGLER_LOG'] ??= 'warn'

const inWorkerd = (database: 'd1' | 'libsql', pace: 'fast' | 'slow') => ({
  plugins: [
    cloudflareTest(({ inject }) => ({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        bindings: {
          MIGRATIONS: migrations,
          STORE: database,
          PACE: pace,
          LIBSQL_SERVER: inject('libsqlServer'),
          // `BASE_PATH=/api npx vitest run --project d1`: the same tests of a service under a path.
          TEST_BASE_PATH: process.env['BASE_PATH'] ?? '',
        },
      },
    })),
  ],
  test: {
    name: pace === 'fast' ? database : `${database}-slow`,
    include: pace === 'fast' ? ['test/**/*.test.ts'] : [SLOW, ...GENERATED],
    exclude: pace === 'fast' ? [IN_NODE, SLOW] : [IN_NODE],
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 90_000,
  },
})

const inNode = (pace: 'fast' | 'slow') => ({
  test: {
    name: pace === 'fast' ? 'node' : 'node-slow',
    include: [pace === 'fast' ? 'test/node/**/*.test.ts' : 'test/node/**/*.slow.test.ts'],
    exclude: pace === 'fast' ? [SLOW] : [],
    environment: 'node',
    testTimeout: 120_000,
    // A hook starts a service or a browser.
    hookTimeout: 120_000,
    // The programs that these tests start print the same as for a user.
    env: { WRANGLER_LOG: 'log' },
  },
})

export default defineConfig({
  test: {
    globalSetup: ['test/support/node/setup.ts'],
    silent: 'passed-only',
    // The default leaves one core idle, which is half of a small machine. `npm run test:slow` uses one: it measures time.
    maxWorkers: '100%',
    projects: [
      inWorkerd('d1', 'fast'),
      inWorkerd('d1', 'slow'),
      inWorkerd('libsql', 'fast'),
      inWorkerd('libsql', 'slow'),
      inNode('fast'),
      inNode('slow'),
    ],
  },
})
