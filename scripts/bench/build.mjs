// Builds the bundle of each Worker of the benchmark as `npm run build` does, and measures its size.
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)
const require = createRequire(import.meta.url)

/** The Workers by name. The first is this service, with the bindings of wrangler.toml. */
export const WORKERS = {
  postern: { entry: 'src/worker.ts', config: 'wrangler.toml' },
  bare: { entry: 'scripts/bench/workers/bare.ts', config: 'scripts/bench/workers/wrangler.toml' },
  usual: { entry: 'scripts/bench/workers/usual.ts', config: 'scripts/bench/workers/wrangler.toml' },
  'better-auth': { entry: 'scripts/bench/workers/better-auth.ts', config: 'scripts/bench/workers/wrangler.toml' },
}

/** @param {string} name @param {string} outdir */
export async function build(name, outdir) {
  const { entry, config } = WORKERS[name]
  await wrangler('deploy', entry, '--config', config, '--dry-run', '--outdir', outdir)
  const files = readdirSync(outdir).filter((file) => !/\.map$|README/.test(file))
  const bytes = Buffer.concat(files.map((file) => readFileSync(join(outdir, file))))
  const main = files.find((file) => file.endsWith('.js'))
  if (!main) throw new Error(`The bundle of ${name} has no script.`)
  return {
    name,
    outdir,
    main,
    texts: files.filter((file) => file !== main),
    size: bytes.length,
    gzip: gzipSync(bytes).length,
  }
}

/** @param {string[]} args */
export function wrangler(...args) {
  const bin = join(dirname(require.resolve('wrangler/package.json')), 'bin/wrangler.js')
  const quiet = { WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true', CLOUDFLARE_CF_FETCH_ENABLED: 'false' }
  return run(process.execPath, [bin, ...args], { cwd: root, env: { ...process.env, ...quiet } })
}
