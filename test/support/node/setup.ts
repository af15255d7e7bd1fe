/** Runs before all tests: builds the static assets and starts a libSQL server on loopback, the real one if SQLD is set. */
import { execFileSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { startHranaServer } from '../../node/hrana/server.ts'
import { startSqld } from '../../node/hrana/sqld.ts'

declare module 'vitest' {
  interface ProvidedContext {
    libsqlServer: string
  }
}

export default async function setup(project: TestProject) {
  execFileSync(process.execPath, ['scripts/assets.mjs'])
  const program = process.env['SQLD']
  const server = program ? await startSqld(program) : await startHranaServer()
  project.provide('libsqlServer', server.url)
  return () => server.close()
}
