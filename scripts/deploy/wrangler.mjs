// Runs wrangler and returns its output. Secrets are passed through stdin and never as arguments.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** `WRANGLER` is the path of another program to run instead of the installed wrangler. */
const bin = () =>
  process.env.WRANGLER ??
  join(dirname(createRequire(import.meta.url).resolve('wrangler/package.json')), 'bin/wrangler.js')

/** wrangler failed. `output` is what it printed. */
export class WranglerError extends Error {
  name = 'WranglerError'

  constructor(args, output) {
    super(`wrangler ${args.join(' ')} failed:\n${output.trim()}`)
    this.output = output
  }
}

/**
 * Resolves to what wrangler printed on stdout. Throws a `WranglerError` if it fails. Without a terminal on stdin,
 * wrangler asks no questions and never edits `wrangler.toml`.
 *
 * @param {string[]} args
 * @param {{ input?: string, env?: Record<string, string> }} options
 */
export async function wrangler(args, { input, env } = {}) {
  const child = spawn(process.execPath, [bin(), ...args], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true', ...env },
  })
  // A child that ends early closes its stdin. The exit code reports the failure.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [[code], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
  if (code !== 0) throw new WranglerError(args, `${stdout}${stderr}`)
  return stdout
}

/** The same for a command that prints JSON, possibly after warnings. */
export async function wranglerJson(args) {
  const printed = await wrangler(args)
  try {
    return JSON.parse(printed.slice(printed.search(/^[[{]/m)))
  } catch {
    throw new WranglerError(args, `It printed no JSON:\n${printed}`)
  }
}

/** `--env NAME`, with an empty name for the top level of `wrangler.toml`. It overrides `CLOUDFLARE_ENV`. */
export const environmentOption = (environment) => ['--env', environment ?? '']
