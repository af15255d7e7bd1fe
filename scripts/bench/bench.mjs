// Compares the service with a bare Worker, the usual stack and better-auth: requests per second, CPU, size and start-up.
// `npm run bench -- [--rounds=5] [--seconds=4] [--workers=postern,bare] [--out=dist/bench.json] [--no-million]`
// It does not pass or fail. It prints the results and writes them as JSON.
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { cpus, release, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { build, root, WORKERS } from './build.mjs'
import { drive, fill, MEASURES, signIn, warmUp } from './measures.mjs'
import { measureSize } from './million.mjs'
import { median, ratios, spread } from './numbers.mjs'
import { copyData, migrate, start } from './servers.mjs'
import { evaluateInNode, profileInWorkerd } from './startup.mjs'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    workers: { type: 'string', default: Object.keys(WORKERS).join(',') },
    out: { type: 'string', default: join(root, 'dist/bench.json') },
    million: { type: 'boolean', default: true },
  },
  allowNegative: true,
})
const [rounds, seconds, names] = [Number(options.rounds), Number(options.seconds), options.workers.split(',')]
/** The number of posts in the database. */
const POSTS = 1000
const STARTS = 9

const dir = await mkdtemp(join(tmpdir(), 'postern-bench-'))
process.on('exit', () => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

const bundles = {}
for (const name of new Set(['postern', ...names])) bundles[name] = await build(name, join(dir, name))

const startup = await measureStartup()
const speed = await measureSpeed()
const size = options.million ? await measureSize(bundles.postern, join(dir, 'size'), { seconds }) : null
report()

async function measureStartup() {
  const times = Object.fromEntries(names.map((name) => [name, { node: [], workerd: [] }]))
  for (let round = 0; round < STARTS; round++) {
    for (const name of names) {
      times[name].node.push(await evaluateInNode(bundles[name]))
      times[name].workerd.push(await profileInWorkerd(name, join(dir, `${name}.cpuprofile`)))
    }
  }
  return Object.fromEntries(
    names.map((name) => [name, { node: median(times[name].node), workerd: median(times[name].workerd) }]),
  )
}

/** Sends each type of request to the Workers in turn, so that other load of the machine affects all of them equally. */
async function measureSpeed() {
  const data = join(dir, 'data')
  await migrate(data)
  const first = await start(bundles.postern, data)
  await fill(first, POSTS)
  await first.stop()

  const servers = []
  for (const name of names) {
    const copy = join(dir, `${name}-data`)
    copyData(data, copy)
    servers.push(await start(bundles[name], copy))
  }
  for (const server of servers) await warmUp(server)

  const results = Object.fromEntries(MEASURES.map(({ name }) => [name, {}]))
  for (let round = 0; round < rounds; round++) {
    for (const measure of MEASURES) {
      for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
        // better-auth hashes passwords with another algorithm.
        if (measure.name === 'login' && server.name === 'better-auth') continue
        const result = await drive(server, measure, await signIn(server), seconds)
        ;(results[measure.name][server.name] ??= []).push(result)
      }
    }
    console.log(`round ${round + 1} of ${rounds}`)
  }
  for (const server of servers) await server.stop()
  return results
}

function report() {
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'CPU'}, Linux ${release()}, Node ${process.version}, workerd ${workerdVersion()}`
  const table = names.map((name) => {
    const row = { Worker: name }
    for (const { name: measure } of MEASURES) {
      const of = speed[measure][name]
      row[measure] = of ? ratios(of, speed[measure].bare) : '–'
    }
    const { node, workerd } = startup[name]
    row['start, ms'] = `${workerd.toFixed(1)} (Node ${node.toFixed(1)})`
    row['gzip, KiB'] = (bundles[name].gzip / 1024).toFixed(1)
    return row
  })
  console.log(
    `\n${machine}\n${rounds} rounds of ${seconds} s. Requests per second as a share of the bare Worker's (CPU per request as a multiple)`,
  )
  console.table(table)
  console.table(
    MEASURES.flatMap(({ name }) => Object.entries(speed[name]).map(([worker, of]) => toRow(name, worker, of))),
  )
  if (size) console.table(size)
  const json = { machine, rounds, seconds, startup, bundles: sizes(), speed, size }
  mkdirSync(dirname(options.out), { recursive: true })
  writeFileSync(options.out, `${JSON.stringify(json, null, 2)}\n`)
  console.log(`written to ${options.out}`)
  process.exit(0)
}

function sizes() {
  return Object.fromEntries(names.map((name) => [name, { bytes: bundles[name].size, gzip: bundles[name].gzip }]))
}

function workerdVersion() {
  return execFileSync(join(root, 'node_modules/.bin/workerd'), ['--version'], { encoding: 'utf8' }).trim()
}

function toRow(request, worker, results) {
  const rates = results.map(({ rate }) => rate)
  const cpu = median(results.map((result) => result.cpu))
  const row = {
    request,
    Worker: worker,
    'a second': median(rates).toFixed(0),
    range: spread(rates),
    'CPU, ms': cpu.toFixed(3),
  }
  // A login runs 600,000 iterations of PBKDF2.
  return request === 'login' ? { ...row, 'CPU, ms per 1,000 iterations': (cpu / 600).toFixed(4) } : row
}
