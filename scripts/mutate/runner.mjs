// Runs tests in copies of the project, each in a separate process.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { HASHES_CHEAPLY } from './targets.mjs'

const NOT_COPIED = new Set(['node_modules', '.git', '.dev.vars', '.wrangler', 'dist'])
const PROCESS = fileURLToPath(new URL('runner-process.mjs', import.meta.url))

/** The result for a mutant that exceeded the time limit, or that crashed Vitest. */
const HUNG = 'the time limit'
const ENDED = 'the end of its process'

export async function copyProject(root, to) {
  await cp(root, to, { recursive: true, filter: (path) => !NOT_COPIED.has(basename(path)) || path === root })
  await symlink(join(root, 'node_modules'), join(to, 'node_modules'))
  await mkdir(join(to, 'tmp'))
  for (const test of HASHES_CHEAPLY) {
    const text = await readFile(join(to, test), 'utf8')
    await writeFile(join(to, test), `import '../support/hashing.ts';${text}`)
  }
  return to
}

/** A process that keeps Vitest running over one copy of the project, because a start takes longer than most tests. */
export function createRunner(root) {
  let child

  const start = () => {
    child = fork(PROCESS, [root], {
      cwd: root,
      env: { ...process.env, TMPDIR: join(root, 'tmp'), CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // A separate process group, so that a signal also reaches workerd.
      detached: true,
    })
  }

  const kill = () => {
    try {
      if (child) process.kill(-child.pid, 'SIGKILL')
    } catch (error) {
      // The process group has already ended.
      if (error.code !== 'ESRCH') throw error
    }
    child = undefined
  }

  /** Runs one test file, optionally with a mutated source. Resolves to the first failure and the time. */
  async function run({ test, file, text, limit = 300_000 }) {
    if (!child?.connected) start()
    const started = performance.now()
    const original = file && (await readFile(join(root, file), 'utf8'))
    if (file) await writeFile(join(root, file), text)
    child.send({ test, file })
    const waiting = new AbortController()
    const failure = await Promise.race([
      once(child, 'message', waiting).then(([{ failure: why }]) => why),
      once(child, 'exit', waiting).then(() => ENDED),
      sleep(limit, HUNG, waiting),
    ]).finally(() => waiting.abort())
    if (failure === HUNG || failure === ENDED) kill()
    if (file) await writeFile(join(root, file), original)
    return { failure, milliseconds: performance.now() - started }
  }

  return { run, kill }
}
