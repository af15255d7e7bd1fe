// `npm run deploy`: deploys the service from a clone. Every step can be repeated. `-- --help` lists the options.
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { migrateLibsql } from '../migrate-libsql.mjs'
import { askHealth, findDatabase, MADE_SECRETS, queryRemote, readLogin, readSecretNames } from './cloud.mjs'
import { build, deploy, deployedTag, rememberedUrl } from './release.mjs'
import { readSettings } from './settings.mjs'
import { environmentOption, wrangler } from './wrangler.mjs'

const HELP = `npm run deploy -- [options]
  --env NAME       deploy [env.NAME] of wrangler.toml instead of its top level
  --location HINT  where a new D1 database is created: weur, eeur, apac, oc, wnam or enam (default: near you)
  --force          deploy even if the same code is already deployed
  --dry-run        build, list the bindings, and change nothing`

/** The time limit for a new deployment to become healthy, in milliseconds. */
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
  console.error(`\n${error.message}\n\nEvery step can be repeated. Correct this and run the command again.`)
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

/** Creates and migrates the database before the code that needs it is deployed. */
async function prepareDatabase(settings) {
  if (settings.libsqlUrl) {
    await migrateLibsql(settings.libsqlUrl)
    return say('migrations', `${new URL(settings.libsqlUrl).host} is up to date`)
  }
  const name = settings.database?.database_name
  if (!name) throw new Error('wrangler.toml binds no D1 database as DB, and LIBSQL_URL is not set.')
  if (await findDatabase(settings)) say('database', `${name} exists`)
  else if (settings.database.database_id)
    throw new Error('The account has no D1 database with the database_id in wrangler.toml.')
  else {
    await wrangler(['d1', 'create', name, ...(options.location ? ['--location', options.location] : [])])
    say('database', `created ${name}`)
  }
  const where = environmentOption(settings.environment)
  const printed = await wrangler(['d1', 'migrations', 'apply', 'DB', '--remote', ...where])
  say('migrations', /No migrations to apply/.test(printed) ? 'none to apply' : 'applied')
}

/** Sets the missing secrets in one call. Resolves to whether any were missing. */
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
    say('', 'Cloudflare never shows it. To keep a copy, set your own value before the first deployment:')
    say('', '  npx wrangler secret put PASSWORD_PEPPER')
  }
  return true
}

/** Throws if the database has hashes with a pepper: a new pepper could not verify them. */
async function refuseSecondPepper(settings) {
  if (settings.libsqlUrl) return
  const sql = "select exists (select 1 from users where instr(password_hash, ',p=1$')) as peppered"
  const [{ peppered }] = await queryRemote(settings, sql)
  if (!peppered) return
  throw new Error(
    'The database has passwords that were hashed with a pepper, and PASSWORD_PEPPER is not set.\n' +
      'Set the pepper that they were hashed with: npx wrangler secret put PASSWORD_PEPPER',
  )
}

/** Deploys unless the same code is already deployed. Resolves to the URL, or undefined if the Worker has none. */
async function release(settings, isNew) {
  const { digest } = await build(settings.environment)
  const known = await rememberedUrl(settings)
  if (known && !isNew && !options.force && (await deployedTag(settings)) === digest) {
    say('deployment', `${settings.worker} ${digest} is already deployed (--force deploys it again)`)
    return known
  }
  const url = await deploy(settings, digest)
  say('deployment', `deployed ${settings.worker} ${digest}`)
  return url
}

async function greet(url) {
  if (!url) return say('health', 'not checked: wrangler.toml gives the Worker no URL (workers_dev, routes)')
  const health = await askHealth(url, PATIENCE)
  if (!health.ok) throw new Error(`${url}/health responded with ${health.status}: ${health.text}`)
  say('health', 'ok')
  console.log(`
Postern runs on ${url}
  the documentation   ${url}/docs
  something to try    curl ${url}/users/register -H 'Content-Type: application/json' \\
                        -d '{"username":"hong","email":"hong@example.com","password":"correct horse battery staple"}'
`)
}
