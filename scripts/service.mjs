// Starts the service for a script or a test with `npm start`, on a free port, and stops it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/**
 * Starts the service and waits until it is healthy. With `migrate: false` it runs only `wrangler dev`, as a deployment
 * without the migrations would, and waits for any response.
 *
 * @param {{ dir: string, root?: string, options?: string[], env?: Record<string, string>, migrate?: boolean }} options the
 * directory of its data, the copy of the project to run, and further options and environment variables of `npm start`
 */
export async function startService(
  { dir, root = fileURLToPath(new URL('..', import.meta.url)), options = [], env = {}, migrate = true },
  tries = 3,
) {
  try {
    return await startOnce(dir, root, options, env, migrate)
  } catch (error) {
    // Another process can take a free port before it is used, also one of the ports that wrangler chooses.
    if (tries > 1 && /already in use|Something else listens/.test(String(error)))
      return startService({ dir, root, options, env, migrate }, tries - 1)
    throw error
  }
}

async function startOnce(dir, root, options, env, migrate) {
  const [port, inspectorPort] = await freePorts(2)
  const url = `http://127.0.0.1:${port}`
  const args = [
    ...(migrate ? ['scripts/start.mjs'] : ['node_modules/wrangler/bin/wrangler.js', 'dev', '--ip', '127.0.0.1']),
    '--port',
    port,
    '--inspector-port',
    inspectorPort,
    '--persist-to',
    dir,
    '--var',
    'WRITE_LIMITS:off',
    ...options,
  ]
  // The temporary files of a killed service are deleted with its data.
  const TMPDIR = join(dir, 'tmp')
  await mkdir(TMPDIR, { recursive: true })
  const child = spawn(process.execPath, args.map(String), {
    cwd: root,
    env: { WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false', ...process.env, TMPDIR, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A separate process group, so that a signal also reaches wrangler and workerd.
    detached: true,
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (printed += text))
  const ended = once(child, 'exit')
  const { pid } = child
  if (pid === undefined) throw new Error('The service could not be started.')

  const killGroup = () => {
    try {
      process.kill(-pid, 'SIGKILL')
    } catch (error) {
      // The process group has already ended.
      if (error.code !== 'ESRCH') throw error
    }
  }
  // The service must not outlive this process.
  process.prependListener('exit', killGroup)

  /** Resolves to the exit code once the port is closed. Null after a SIGKILL. */
  async function isGone() {
    const [code] = await ended
    while (await responses(port)) await sleep(20)
    process.off('exit', killGroup)
    return code
  }

  /** Kills all processes at once (SIGKILL). */
  function kill() {
    killGroup()
    return isGone()
  }

  /** Stops the service, and kills it if it is still running after a few seconds. */
  async function stop() {
    child.kill('SIGTERM')
    const insist = setTimeout(killGroup, 10_000)
    const code = await isGone()
    clearTimeout(insist)
    return code
  }

  const deadline = Date.now() + 60_000
  while (!(await isReady(url, migrate ? [200] : [200, 503]))) {
    if (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
      await sleep(50)
      continue
    }
    await kill()
    throw new Error(`The service did not start on ${url}. It printed:\n${printed}`)
  }
  return { url, output: () => printed, kill, stop }
}

/** Finds free ports. Each stays open until all are found, so that they differ. */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => server.address().port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

async function isReady(url, statuses) {
  try {
    const { status } = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5000) })
    return statuses.includes(status)
  } catch {
    return false
  }
}

function responses(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => resolve(false))
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
