// `npm run deploy`: from a clone to a service that answers, in steps that may be repeated. `-- --help` lists the options.
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { migrateLibsql } from '../migrate-libsql.mjs'
import { askHealth, findDatabase, MADE_SECRETS, queryRemote, readLogin, readSecretNames } from './cloud.mjs'
import { build, deploy, deployedTag, rememberedUrl } from './release.mjs'
import { readSettings } from './settings.mjs'
import { environmentOption, wrangler } from './wrangler.mjs'

const HELP = `npm run deploy -- [options]
  --env NAME       deploy [env.NAME] of wrangler.toml instead of its top level
  --location HINT  where a new D1 database is made: weur, eeur, apac, oc, wnam or enam (Default: near you)
  --force          deploy also where the same code is deployed already
  --dry-run        build, list the bindings, and change nothing`

/** For so long a new deployment may take to become healthy, in milliseconds. */
const PATIENCE = Number(process.env.POSTERN_HEALTH_PATIENCE ?? 60_000)

const { values: options } = parseArgs({
  options: {
    env: { type: 'string' },
    location: { type: 'string' },
    force: { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const say = (step, text) => console.log(`${step.padEnd(11)} ${text}`)

try {
  if (options.help) console.log(HELP)
  else await run(readSettings(options.env))
} catch (error) {
  console.error(`\n${error.message}\n\nNothing is half done: mend this and run the command again.`)
  process.exitCode = 1
}

async function run(settings) {
  if (options['dry-run']) return preview(settings)
  const { who, account } = await readLogin()
  say('login', `${who}, account ${account.name}`)
  await prepareDatabase(settings)
  const isNew = await makeSecrets(settings)
  const url = await release(settings, isNew)
  await greet(url)
}

async function preview({ environment, worker }) {
  const { digest, printed } = await build(environment)
  console.log(printed.trim())
  say('dry run', `${worker} would be deployed as ${digest}. Nothing was changed.`)
}

/** The database is there, and its migrations are applied, before the code that needs them serves. */
async function prepareDatabase(settings) {
  if (settings.libsqlUrl) {
    await migrateLibsql(settings.libsqlUrl)
    return say('migrations', `${new URL(settings.libsqlUrl).host} is up to date`)
  }
  const name = settings.database?.database_name
  if (!name) throw new Error('wrangler.toml binds no D1 database as DB, and LIBSQL_URL is not set.')
  if (await findDatabase(settings)) say('database', `${name} exists`)
  else if (settings.database.database_id) throw new Error('The account has no D1 database with the database_id given.')
  else {
    await wrangler(['d1', 'create', name, ...(options.location ? ['--location', options.location] : [])])
    say('database', `created ${name}`)
  }
  const where = environmentOption(settings.environment)
  const printed = await wrangler(['d1', 'migrations', 'apply', 'DB', '--remote', ...where])
  say('migrations', /No migrations to apply/.test(printed) ? 'none to apply' : 'applied')
}

/** Sets the secrets that are missing, all at once. Resolves to whether there were any. */
async function makeSecrets(settings) {
  const there = await readSecretNames(settings)
  const missing = MADE_SECRETS.filter((name) => !there.includes(name))
  if (missing.length === 0) {
    say('secrets', `${MADE_SECRETS.join(', ')} are set`)
    return false
  }
  if (missing.includes('PASSWORD_PEPPER')) await refuseSecondPepper(settings)
  const secrets = Object.fromEntries(missing.map((name) => [name, randomBytes(32).toString('base64url')]))
  await wrangler(['secret', 'bulk', ...environmentOption(settings.environment)], { input: JSON.stringify(secrets) })
  say('secrets', `made ${missing.join(', ')}`)
  if (missing.includes('PASSWORD_PEPPER')) {
    say('', 'PASSWORD_PEPPER cannot be replaced: without it no password that was hashed with it can be verified.')
    say(
      '',
      'Cloudflare keeps it and shows it to nobody. To have it elsewhere too, set your own before the first deployment:',
    )
    say('', '  npx wrangler secret put PASSWORD_PEPPER')
  }
  return true
}

/** A database whose hashes have a pepper needs that pepper, not a new one. */
async function refuseSecondPepper(settings) {
  if (settings.libsqlUrl) return
  const sql = "select exists (select 1 from users where instr(password_hash, ',p=1$')) as peppered"
  const [{ peppered }] = await queryRemote(settings, sql)
  if (!peppered) return
  throw new Error(
    'The database has passwords that were hashed with a pepper, and PASSWORD_PEPPER is not set.\n' +
      'Set the one they were hashed with: npx wrangler secret put PASSWORD_PEPPER',
  )
}

/** Deploys where something else is deployed. Resolves to the URL; undefined where wrangler names none. */
async function release(settings, isNew) {
  const { digest } = await build(settings.environment)
  const known = await rememberedUrl(settings)
  if (known && !isNew && !options.force && (await deployedTag(settings)) === digest) {
    say('deployment', `${settings.worker} ${digest} is deployed already (--force deploys it again)`)
    return known
  }
  const url = await deploy(settings, digest)
  say('deployment', `deployed ${settings.worker} ${digest}`)
  return url
}

async function greet(url) {
  if (!url) return say('health', 'not asked: wrangler.toml gives the Worker no URL (workers_dev, routes)')
  const health = await askHealth(url, PATIENCE)
  if (!health.ok) throw new Error(`${url}/health answers ${health.status}: ${health.text}`)
  say('health', 'ok')
  console.log(`
Postern runs on ${url}
  the documentation   ${url}/docs
  something to try    curl ${url}/users/register -H 'Content-Type: application/json' \\
                        -d '{"username":"hong","email":"hong@example.com","password":"correct horse battery staple"}'
`)
}
