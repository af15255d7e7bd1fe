// Measures the start-up of a bundle: evaluated in Node, and profiled in workerd by `wrangler check startup`.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { WORKERS, wrangler } from './build.mjs'

const run = promisify(execFile)
const evaluation = join(dirname(fileURLToPath(import.meta.url)), 'evaluate.mjs')

/** The time of one evaluation in a new Node process, in milliseconds. */
export async function evaluateInNode({ outdir, main }) {
  const { stdout } = await run(process.execPath, [evaluation, join(outdir, main)])
  return Number(stdout)
}

/** The CPU time of workerd until the Worker is ready, from its own profile, in milliseconds. */
export async function profileInWorkerd(name, outfile) {
  const { config, entry } = WORKERS[name]
  const args = `${entry} --config ${config}`
  await wrangler('check', 'startup', '--config', config, '--args', args, '--outfile', outfile)
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(outfile, 'utf8'))
  const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id))
  const busy = samples.reduce((sum, id, index) => (idle.has(id) ? sum : sum + timeDeltas[index]), 0)
  return busy / 1000
}
