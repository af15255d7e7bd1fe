// Evaluates the bundle of a Worker in Node and prints the time in milliseconds. Modules of workerd are replaced by stubs.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

const EMPTY =
  'export class DurableObject {}\nexport class WorkerEntrypoint {}\nexport const env = {}\nexport default {}'

registerHooks({
  resolve: (specifier, context, next) =>
    specifier.startsWith('cloudflare:')
      ? { url: specifier, format: 'module', shortCircuit: true }
      : next(specifier, context),
  load(url, context, next) {
    if (url.startsWith('cloudflare:')) return { format: 'module', source: EMPTY, shortCircuit: true }
    if (!/\.(txt|html|sql|bin)$/.test(url)) return next(url, context)
    const text = JSON.stringify(readFileSync(new URL(url), 'utf8'))
    return { format: 'module', source: `export default ${text}`, shortCircuit: true }
  },
})

// Node loads these globals at first use. workerd has loaded them already.
for (const name of ['TextDecoder', 'WebSocket', 'fetch', 'Request', 'crypto']) void globalThis[name]
new TextDecoder('utf-8', { fatal: true }).decode()

const start = performance.now()
await import(pathToFileURL(process.argv[2]).href)
console.log(performance.now() - start)
process.exit(0)
