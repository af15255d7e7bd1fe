// Runs each bundle in a separate process of the same workerd, over a copy of the same data.
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root, wrangler } from './build.mjs'

// Nothing here needs the internet. wrangler reads these variables when it is loaded.
Object.assign(process.env, { CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false' })
const { unstable_getMiniflareWorkerOptions: readBindings } = await import('wrangler')
/** @type {typeof import('miniflare')} */
const { Miniflare, convertV4MiniflareOptions } = createRequire(
  createRequire(import.meta.url).resolve('wrangler/package.json'),
)('miniflare')

const SECRET = 'the secret of a benchmark, of thirty-two bytes or more'

/** An empty database with Postern's tables and indexes. */
export const migrate = (data) => wrangler('d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', data)

/**
 * Starts a bundle over the data in `data`. The Worker has its own socket, without the simulator's router in front of it.
 *
 * @param {Awaited<ReturnType<typeof import('./build.mjs').build>>} bundle
 * @param {string} data
 */
export async function start({ name, outdir, main, texts }, data, { inspect = false } = {}) {
  const before = new Set(workerds())
  const { workerOptions } = readBindings(join(root, 'wrangler.toml'))
  // The simulator has Workers of its own in the same process: one in front of every request for `assets`, and one that
  // counts for a rate limit. In production neither is CPU of this Worker. No measured request reads an asset.
  const { d1Databases, compatibilityDate, assets: _, ratelimits, ...others } = workerOptions
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      cf: false,
      logRequests: false,
      telemetry: { enabled: false },
      resourcePersistencePath: join(data, 'v3'),
      // The Worker pays for its log lines. Only errors are printed.
      handleStructuredLogs: ({ level, message }) => level === 'error' && console.error(`${name}: ${message}`),
      ...(inspect && { inspectorPort: 0, inspectorHost: '127.0.0.1' }),
      workers: [
        {
          name,
          compatibilityDate,
          compatibilityFlags: name === 'better-auth' ? ['nodejs_compat'] : [],
          d1Databases,
          ...(name === 'postern' && others),
          ...(name === 'postern' && { ratelimits: required(ratelimits) }),
          modulesRoot: outdir,
          modules: [
            { type: 'ESModule', path: join(outdir, main) },
            ...texts.map((file) => ({ type: typeOf(file), path: join(outdir, file) })),
          ],
          bindings: { JWT_SECRET: SECRET, ...(name === 'postern' && { NEW_ACCOUNT_POSTS_PER_DAY: '0' }) },
          unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
        },
      ],
    }),
  )
  await miniflare.ready
  const pid = workerds().find((found) => !before.has(found))
  if (pid === undefined) throw new Error('No new workerd process was found in /proc. The benchmark requires Linux.')
  const url = (await miniflare.unsafeGetDirectURL(name)).origin
  return {
    name,
    url,
    cpu: () => cpuOf(pid),
    inspector: () => miniflare.getInspectorURL(),
    stop: () => miniflare.dispose(),
  }
}

const typeOf = (file) => (file.endsWith('.bin') ? 'Data' : 'Text')

/** Only the rate limit without which the service does not serve, with a limit that no benchmark reaches. */
const required = ({ RATE_LIMITER }) => ({ RATE_LIMITER: { ...RATE_LIMITER, simple: { limit: 1e9, period: 60 } } })

/** @param {string} from @param {string} to */
export function copyData(from, to) {
  mkdirSync(to, { recursive: true })
  cpSync(from, to, { recursive: true })
}

/** The CPU time of a process in milliseconds. */
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  // utime and stime, in hundredths of a second on every Linux
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** The ids of the workerd processes that this process started. */
function workerds() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const [, name, rest] = /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
        return name === 'workerd' && Number(rest?.split(' ')[1]) === process.pid
      } catch {
        return false
      }
    })
    .map(Number)
}
