/** Databases for the tests of backups: local D1 in a directory, libSQL, and D1 behind a stand-in for Cloudflare's API. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import manifest from '../../../package.json' with { type: 'json' }

const execute = promisify(execFile)

/** The flags of `npm run backup` and `npm run restore`. */
const LITTLE_MEMORY = manifest.scripts.backup.split(' ').filter((word) => word.startsWith('--max-'))

export type Ended = { code: number; stdout: string; stderr: string }

/** Runs a script of the project. Does not throw if the script fails. */
export const run = (script: string, args: string[], env: Record<string, string> = {}): Promise<Ended> =>
  execute(process.execPath, [join('scripts', script), ...args], {
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 24,
  }).then(
    (ended) => ({ code: 0, ...ended }),
    (failed: Ended) => failed,
  )

/** An empty local D1 database with the project's migrations. */
export async function migrateLocal(directory: string): Promise<void> {
  const args = ['d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', directory]
  await execute(join('node_modules', '.bin', 'wrangler'), args)
}

/** Runs a script until a condition holds, and kills it. Resolves to its peak memory in MB. */
export async function runMeasured(script: string, args: string[], killAfter?: () => Promise<boolean>) {
  const child = spawn(process.execPath, [...LITTLE_MEMORY, join('scripts', script), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const stderr = text(child.stderr)
  const ended = once(child, 'exit')
  let peak = 0
  let isKilled = false
  while (child.exitCode === null && child.signalCode === null) {
    peak = Math.max(peak, await peakMemory(child.pid))
    if (killAfter && (await killAfter())) isKilled = child.kill('SIGKILL')
    await Promise.race([sleep(20), ended])
  }
  return { code: child.exitCode, peak, isKilled, stderr: await stderr }
}

/** The peak resident memory of a process (`VmHWM`) in MB. 0 if it is unknown. */
async function peakMemory(pid = 0): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024
}
