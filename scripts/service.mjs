// A Postern of one's own for a script or a test: started the way a user starts it, on a free port, and ended at will.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/**
 * Starts the service and waits until it answers.
 *
 * @param {{ dir: string, root?: string, options?: string[], env?: Record<string, string> }} options where its data is
 * kept, which copy of the project runs, and further options and environment of `npm start`
 */
export async function startService(
  { dir, root = fileURLToPath(new URL('..', import.meta.url)), options = [], env = {} },
  tries = 3,
) {
  try {
    return await startOnce(dir, root, options, env)
  } catch (error) {
    // Between the moment a port was found free and its use somebody else may have taken it: wrangler's own are so too.
    if (tries > 1 && /already in use|Something else listens/.test(String(error)))
      return startService({ dir, root, options, env }, tries - 1)
    throw error
  }
}

async function startOnce(dir, root, options, env) {
  const [port, inspectorPort] = await freePorts(2)
  const url = `http://127.0.0.1:${port}`
  const args = [
    'scripts/start.mjs',
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
  // What a killed service leaves behind goes where its data goes.
  const TMPDIR = join(dir, 'tmp')
  await mkdir(TMPDIR, { recursive: true })
  const child = spawn(process.execPath, args.map(String), {
    cwd: root,
    env: { ...process.env, TMPDIR, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that one signal reaches wrangler and workerd too.
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
      // Nobody is left in the group.
      if (error.code !== 'ESRCH') throw error
    }
  }
  // Whatever ends the script that started us must not leave a service behind.
  process.prependListener('exit', killGroup)

  /** Resolves to the exit code when the port no longer answers; null where it took a SIGKILL. */
  async function isGone() {
    const [code] = await ended
    while (await answers(port)) await sleep(20)
    process.off('exit', killGroup)
    return code
  }

  /** Ends everything at once, with no chance to finish anything. */
  function kill() {
    killGroup()
    return isGone()
  }

  /** Asks the service to end, and insists after a few seconds. */
  async function stop() {
    child.kill('SIGTERM')
    const insist = setTimeout(killGroup, 10_000)
    const code = await isGone()
    clearTimeout(insist)
    return code
  }

  const deadline = Date.now() + 60_000
  while (!(await isHealthy(url))) {
    if (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
      await sleep(50)
      continue
    }
    await kill()
    throw new Error(`The service did not come up on ${url}. It said:\n${printed}`)
  }
  return { url, output: () => printed, kill, stop }
}

/** Ports that nobody listens on now. All are held until the last is found, so that they differ. */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => server.address().port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

async function isHealthy(url) {
  try {
    const { status } = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5000) })
    return status === 200
  } catch {
    return false
  }
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => resolve(false))
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
