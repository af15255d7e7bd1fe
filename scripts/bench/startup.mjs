// How long a bundle takes to start: evaluated in Node, and as `wrangler check startup` profiles it in workerd.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { WORKERS, wrangler } from './build.mjs'

const run = promisify(execFile)
const evaluation = join(dirname(fileURLToPath(import.meta.url)), 'evaluate.mjs')

/** Milliseconds that one evaluation takes in a fresh Node process. */
export async function evaluateInNode({ outdir, main }) {
  const { stdout } = await run(process.execPath, [evaluation, join(outdir, main)])
  return Number(stdout)
}

/** Milliseconds of processor time that workerd is busy with until the Worker is ready, by its own profile. */
export async function profileInWorkerd(name, outfile) {
  const { config, entry } = WORKERS[name]
  const args = `${entry} --config ${config}`
  await wrangler('check', 'startup', '--config', config, '--args', args, '--outfile', outfile)
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(outfile, 'utf8'))
  const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id))
  const busy = samples.reduce((sum, id, index) => (idle.has(id) ? sum : sum + timeDeltas[index]), 0)
  return busy / 1000
}
