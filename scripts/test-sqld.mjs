// `npm run test:sqld`: runs the libSQL tests on the real server instead of the test server of this project.
// Further arguments are passed to vitest. SQLD is the path of the server program. With `--if-available`, a missing server is not a failure.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findSqld, Unavailable } from './sqld.mjs'

const IF_AVAILABLE = '--if-available'
const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')

const SQLD = process.env.SQLD || findOrExit()
// The limits of the server first: the tests' own server is as the real one is, or both runs say nothing of each other.
const runs = [
  ['--project', 'node', 'test/node/hrana/limits.test.ts'],
  [
    '--project',
    'libsql',
    '--project',
    'libsql-slow',
    ...process.argv.slice(2).filter((argument) => argument !== IF_AVAILABLE),
  ],
]
for (const args of runs) {
  const options = { cwd: root, stdio: /** @type {const} */ ('inherit'), env: { ...process.env, SQLD } }
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...args], options)
  if (status !== 0) process.exit(status ?? 1)
}

function findOrExit() {
  try {
    return findSqld()
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    console.error(`No libSQL server to test with: ${error.message}`)
    process.exit(process.argv.includes(IF_AVAILABLE) ? 0 : 1)
  }
}
