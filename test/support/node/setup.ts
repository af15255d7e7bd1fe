/** Before all tests: the static assets, and a libSQL server on loopback. */
import { execFileSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { startHranaServer } from '../../node/hrana/server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    libsqlServer: string
  }
}

export default async function setup(project: TestProject) {
  execFileSync(process.execPath, ['scripts/assets.mjs'])
  const server = await startHranaServer()
  project.provide('libsqlServer', server.url)
  return () => server.close()
}
