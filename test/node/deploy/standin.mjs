// A stand-in for wrangler in the tests of the deployment scripts. It stores an account in a file and records each call.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const { STANDIN_ACCOUNT: file, STANDIN_KILL: kill } = process.env
const account = JSON.parse(readFileSync(file, 'utf8'))
const argv = process.argv.slice(2)
const input = await text(process.stdin)
account.calls.push({ argv, hasInput: input !== '' })
save()
// Kills the caller before or after the effect of a call: `before:3`, `after:3`.
dieAt('before')

const environment = option('--env') || undefined
const name = environment ? `postern-${environment}` : 'postern'
const worker = () => account.workers[name]
const command = argv.filter((argument) => !argument.startsWith('-')).join(' ')

if (command.startsWith('whoami')) {
  if (!account.isLoggedIn) fail(JSON.stringify({ loggedIn: false }))
  print({ loggedIn: true, authType: 'OAuth Token', email: 'hong@example.com', accounts: account.accounts })
} else if (command.startsWith('auth token')) {
  print({ type: 'oauth', token: account.token })
} else if (command.startsWith('d1 list')) {
  print(Object.keys(account.databases).map((key) => ({ uuid: `id of ${key}`, name: key })))
} else if (command.startsWith('d1 create')) {
  if (account.databases[argv[2]]) fail('A database with that name already exists [code: 7502]')
  account.databases[argv[2]] = { migrations: [], peppered: 0 }
} else if (command.startsWith('d1 migrations')) {
  const files = (await readdir('drizzle')).filter((entry) => entry.endsWith('.sql')).toSorted()
  const { migrations } = database()
  const missing = files.filter((entry) => !migrations.includes(entry))
  if (argv[2] === 'apply') migrations.push(...missing)
  if (argv[2] === 'apply' && account.brokenMigrations) fail('near "nonsense": syntax error')
  console.log(missing.length === 0 ? '✅ No migrations to apply!' : `Migrations to be applied:\n${missing.join('\n')}`)
} else if (command.startsWith('d1 execute')) {
  print([{ results: [{ peppered: database().peppered }], success: true, meta: {} }])
} else if (command.startsWith('secret list')) {
  if (!worker())
    fail(`Worker "${name}" not found.\n\nIf this is a new Worker, run \`wrangler deploy\` first to create it.`)
  print(Object.keys(worker().secrets).map((secret) => ({ name: secret, type: 'secret_text' })))
} else if (command.startsWith('secret bulk')) {
  account.workers[name] ??= { secrets: {}, deployments: [] }
  Object.assign(worker().secrets, JSON.parse(input))
} else if (command.startsWith('deployments status')) {
  if (!worker()?.deployments.length) fail(`The Worker ${name} has no deployments.`)
  print({ versions: [{ version_id: String(worker().deployments.length - 1), percentage: 100 }] })
} else if (command.startsWith('versions view')) {
  print({ annotations: { 'workers/tag': worker().deployments[Number(argv[2])].tag } })
} else if (command.startsWith('deploy') && argv.includes('--dry-run')) {
  await mkdir(option('--outdir'), { recursive: true })
  await writeFile(join(option('--outdir'), 'worker.js'), account.code)
  console.log('--dry-run: exiting now.')
} else if (command.startsWith('deploy')) {
  account.workers[name] ??= { secrets: {}, deployments: [] }
  worker().deployments.push({ tag: option('--tag'), migrations: [...database().migrations] })
  const targets = [account.url, 'schedule: */5 * * * *']
  await writeFile(process.env.WRANGLER_OUTPUT_FILE_PATH, `${JSON.stringify({ type: 'deploy', version: 1, targets })}\n`)
} else {
  fail(`The stand-in does not know: wrangler ${argv.join(' ')}`)
}
save()
dieAt('after')

function database() {
  const found = account.databases[name]
  return found ?? fail(`Couldn't find a D1 DB named '${name}'`)
}

function option(wanted) {
  const at = argv.indexOf(wanted)
  return at < 0 ? undefined : argv[at + 1]
}

function print(value) {
  console.log(JSON.stringify(value, null, 2))
}

function fail(message) {
  save()
  console.error(message)
  dieAt('after')
  process.exit(1)
}

function save() {
  writeFileSync(`${file}.new`, JSON.stringify(account))
  renameSync(`${file}.new`, file)
}

function dieAt(moment) {
  if (kill !== `${moment}:${account.calls.length}`) return
  process.kill(process.ppid, 'SIGKILL')
  process.exit(1)
}
