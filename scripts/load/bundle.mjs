// Builds the bundle of `npm run build` and runs it in one workerd over its own D1 database.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { childrenNamed } from './memory.mjs'

// Nothing here needs the internet. wrangler reads these variables when it is loaded.
Object.assign(process.env, { CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false' })
const { unstable_getMiniflareWorkerOptions: readBindings, unstable_readConfig: readConfig } = await import('wrangler')

/**
 * An isolate has 128 MB, as in production. Every garbage collection is a full one, so that the heap is what is in use:
 * by default workerd collects only after tens of thousands of requests (cloudflare/workerd#6824, #6894).
 */
process.env.MINIFLARE_WORKERD_V8_FLAGS ??= '--max-heap-size=128 --gc-global'

const root = fileURLToPath(new URL('../..', import.meta.url))
const wranglerPackage = createRequire(import.meta.url).resolve('wrangler/package.json')
const run = promisify(execFile)

/** The version that wrangler uses. @type {typeof import('miniflare')} */
const { Miniflare, convertV4MiniflareOptions } = createRequire(wranglerPackage)('miniflare')

/** The only allowed origin. */
export const PAGE = 'https://app.example.com'

/**
 * Builds, migrates and starts the service. It runs until `stop` is called or this process ends.
 *
 * @param {string} dir where the bundle and the data are kept
 * @param {{ onError: (line: string) => void, onDeath: () => void }} listener called for an error in the log of the
 *   service, and for an unexpected end of workerd
 */
export async function startBundle(dir, { onError, onDeath }) {
  const [bundle, data, config] = [join(dir, 'worker'), join(dir, 'data'), join(root, 'wrangler.toml')]
  await wrangler('deploy', '--dry-run', '--outdir', bundle)
  await wrangler('d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', data)

  const texts = readdirSync(bundle).filter((name) => name.endsWith('.txt'))
  const { workerOptions } = readBindings(config)
  const secret = () => randomBytes(32).toString('base64url')
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      inspectorHost: '127.0.0.1',
      inspectorPort: 0,
      cf: false,
      logRequests: false,
      telemetry: { enabled: false },
      resourcePersistencePath: join(data, 'v3'),
      handleStructuredLogs: ({ level, message }) => level === 'error' && onError(message),
      unsafeHandleRuntimeRestart: onDeath,
      workers: [
        {
          ...workerOptions,
          modulesRoot: bundle,
          // The entry is the first module.
          modules: [
            { type: 'ESModule', path: join(bundle, 'worker.js') },
            ...texts.map((name) => ({ type: /** @type {const} */ ('Text'), path: join(bundle, name) })),
          ],
          // The variables of wrangler.toml without those of .dev.vars, so that every run is the same.
          bindings: {
            ...readConfig({ config }).vars,
            ALLOWED_ORIGINS: PAGE,
            JWT_SECRET: secret(),
            PASSWORD_PEPPER: secret(),
            // Each account writes more than the limits of a new account allow.
            WRITE_LIMITS: 'off',
            NEW_ACCOUNT_POSTS_PER_DAY: '0',
          },
        },
      ],
    }),
  )
  const { origin: url } = await miniflare.ready
  const [pid, ...others] = childrenNamed('workerd')
  if (pid === undefined || others.length > 0)
    throw new Error('No single workerd process was found in /proc. The load test requires Linux.')
  const killWorkerd = () => {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      // The process has already ended.
      if (error.code !== 'ESRCH') throw error
    }
  }
  process.prependListener('exit', killWorkerd)

  async function stop() {
    process.off('exit', killWorkerd)
    await miniflare.dispose()
  }
  return { url, pid, inspector: await miniflare.getInspectorURL(), stop }
}

/** @param {string[]} args */
function wrangler(...args) {
  const bin = join(dirname(wranglerPackage), 'bin/wrangler.js')
  return run(process.execPath, [bin, ...args], { cwd: root, env: { ...process.env, WRANGLER_HIDE_BANNER: 'true' } })
}
