// Mutation tests: makes small changes to the sources, one at a time, and checks that a test fails for each.
// `npm run mutate -- [--only N] [file[:line] ...]` runs N mutants, evenly distributed. Default: all.
import { rmSync } from 'node:fs'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { mutantsOf } from './mutants.mjs'
import { report } from './report.mjs'
import { copyProject, createRunner } from './runner.mjs'
import { TESTS } from './targets.mjs'
import { describe } from './text.mjs'

/** The number of mutants that are tested in parallel, each in a copy of the project. */
const COPIES = 2

/** The time limit of a mutant: a multiple of the time of the unchanged source, and at least these seconds. */
const PATIENCE = { times: 4, seconds: 60 }

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: 'string' } } })
const places = (positionals.length > 0 ? positionals : Object.keys(TESTS)).map((place) => {
  const [, path, line] = /^(.+?)(?::(\d+))?$/.exec(place)
  return { file: relative(root, resolve(path)), line: line && Number(line) }
})
const files = [...new Set(places.map(({ file }) => file))]
const unknown = files.find((file) => !(file in TESTS))
if (unknown !== undefined) throw new Error(`TESTS has no tests for ${unknown}`)

const dir = await mkdtemp(join(tmpdir(), 'postern-mutate-'))
const runners = []
process.on('exit', () => {
  for (const { kill } of runners) kill()
  rmSync(dir, { recursive: true, force: true, maxRetries: 10 })
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
for (let number = 1; number <= COPIES; number++) {
  runners.push(createRunner(await copyProject(root, join(dir, String(number)))))
}

const requested = (await Promise.all(files.map(readMutants))).flat()
const equivalent = requested.filter(({ why }) => why)
const mutants = selectEvenly(
  requested.filter(({ why }) => !why),
  values.only,
)
console.log(`${mutants.length} mutants of ${files.join(', ')}`)
await testMutants(mutants, await timeTests([...new Set(files.flatMap((file) => TESTS[file]))]))
const isEnough = report(files, mutants, equivalent)
console.log(`${Math.round(performance.now() / 1000)} s`)
process.exit(isEnough ? 0 : 1)

/** The mutants of the requested lines. They are made from a copy, because the project can change during the run. */
async function readMutants(file) {
  const lines = new Set(places.filter((place) => place.file === file).map(({ line }) => line))
  const all = mutantsOf(file, await readFile(join(dir, '1', file), 'utf8'))
  return all.filter(({ line }) => lines.has(undefined) || lines.has(line))
}

/** @param {string | undefined} only the number of mutants. Default: all. */
function selectEvenly(all, only) {
  const length = Math.min(Number(only ?? all.length), all.length)
  return Array.from({ length }, (_, at) => all[Math.floor((at * all.length) / length)])
}

/** The time of each test file without a mutant, in milliseconds. */
async function timeTests(tests) {
  const times = {}
  await share(tests, async (runner, test) => {
    const { failure, milliseconds } = await runner.run({ test })
    if (failure) throw new Error(`${test} fails without a mutant: ${failure}`)
    times[test] = milliseconds
  })
  return times
}

/** Sets `killer` of each mutant that a test detects. */
async function testMutants(all, times) {
  await share(all, async (runner, mutant) => {
    for (const test of TESTS[mutant.file]) {
      const limit = Math.max(times[test] * PATIENCE.times, PATIENCE.seconds * 1000)
      mutant.killer ??= (await runner.run({ test, file: mutant.file, text: mutant.text, limit })).failure
    }
    console.log(mutant.killer ? `killed    ${describe(mutant)}, by: ${mutant.killer}` : `survived  ${describe(mutant)}`)
  })
}

/** Runs all jobs, each with the first free runner. */
async function share(jobs, work) {
  const queue = jobs.values()
  await Promise.all(
    runners.map(async (runner) => {
      for (const job of queue) await work(runner, job)
    }),
  )
}
