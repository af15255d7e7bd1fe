// Builds the client into packages/client/dist: after `npm ci`, and before its package is packed.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const compiler = findCompiler()

if (compiler) {
  rmSync(join(root, 'packages/client/dist'), { recursive: true, force: true })
  execFileSync(process.execPath, [compiler, '-p', 'packages/client'], { cwd: root, stdio: 'inherit' })
} else {
  console.log('The client is not built, because TypeScript is not installed (npm ci --omit=dev).')
}

/** The path of the compiler. Undefined after `npm ci --omit=dev`, which must not fail. */
function findCompiler() {
  try {
    return join(dirname(createRequire(join(root, 'package.json')).resolve('typescript/package.json')), 'bin/tsc')
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
    return undefined
  }
}
