// `npm run doctor`: checks a set-up and prints how to fix each fault. `-- --env NAME` checks [env.NAME].
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs, parseEnv } from 'node:util'
import { nodeFault } from '../node-version.mjs'
import { askHealth, findDatabase, MADE_SECRETS, readLogin, readSecretNames } from './cloud.mjs'
import { rememberedUrl } from './release.mjs'
import { readSettings } from './settings.mjs'
import { environmentOption, root, wrangler } from './wrangler.mjs'

const { values: options } = parseArgs({ options: { env: { type: 'string' } } })

/** Each check resolves to its faults. A check is skipped if the check that it needs has failed. */
const CHECKS = [
  { name: 'Node.js', check: checkNode },
  { name: 'packages', check: checkPackages },
  { name: '.dev.vars', check: checkLocalSettings },
  { name: 'wrangler.toml', check: checkEnvironments },
  { name: 'login', check: checkLogin },
  { name: 'database', check: checkDatabase, need: 'login' },
  { name: 'migrations', check: checkMigrations, need: 'database' },
  { name: 'secrets', check: checkSecrets, need: 'login' },
  { name: 'health', check: checkHealth },
]

const settings = readSettings(options.env)

async function checkNode() {
  return [nodeFault() ?? []].flat()
}

async function checkPackages() {
  const isThere = await access(join(root, 'node_modules/wrangler/package.json')).then(
    () => true,
    () => false,
  )
  return isThere ? [] : ['The packages are not installed. Run: npm ci']
}

/** Checks `.dev.vars`, which is for local use only. `npm start` creates it. */
async function checkLocalSettings() {
  const text = await readFile(join(root, '.dev.vars'), 'utf8').catch(() => undefined)
  if (text === undefined) return []
  const { JWT_SECRET = '', ALLOWED_ORIGINS = '' } = parseEnv(text)
  const origins = ALLOWED_ORIGINS.split(',').flatMap((origin) => origin.trim() || [])
  const wrong = origins.filter((origin) => URL.parse(origin)?.origin !== origin)
  return [
    ...(Buffer.byteLength(JWT_SECRET) < 32
      ? ['JWT_SECRET has fewer than 32 bytes. Delete .dev.vars. npm start creates a new one.']
      : []),
    ...wrong.map(
      (origin) => `ALLOWED_ORIGINS: ${origin} is not an origin. Write scheme, host and port: https://app.example.com`,
    ),
  ]
}

/** Finds bindings that an environment lacks, because wrangler inherits none, and values that two environments must not share. */
async function checkEnvironments() {
  const production = readSettings()
  const faults = []
  if (settings.environment) {
    const missing = production.bindings.filter((name) => !settings.bindings.includes(name))
    if (missing.length > 0)
      faults.push(`[env.${settings.environment}] lacks ${missing.join(', ')}. Copy them from the top level.`)
    for (const { what, of } of SEPARATE) {
      if (of(settings) && of(settings) === of(production))
        faults.push(`${what} is the same as at the top level. Use a different value.`)
    }
  }
  const { ALLOWED_ORIGINS = '', BASE_PATH = '' } = settings.vars
  for (const origin of ALLOWED_ORIGINS.split(',').flatMap((text) => text.trim() || [])) {
    if (URL.parse(origin)?.origin !== origin) faults.push(`ALLOWED_ORIGINS: ${origin} is not an origin.`)
  }
  if (!/^(\/[\w.~-]+)*$/.test(BASE_PATH))
    faults.push('BASE_PATH is not a path such as "/api", without a trailing slash.')
  return faults
}

const SEPARATE = [
  { what: 'The name of the Worker', of: ({ worker }) => worker },
  { what: 'database_name', of: ({ database }) => database?.database_name },
  { what: 'TOKEN_ISSUER', of: ({ vars }) => vars.TOKEN_ISSUER },
  {
    what: 'namespace_id of the rate limits',
    of: ({ rateLimits }) => rateLimits.map(({ namespace_id: id }) => id).join(),
  },
]

async function checkLogin() {
  await readLogin()
  return []
}

async function checkDatabase() {
  if (settings.libsqlUrl) return []
  if (!settings.database) return ['There is no database: bind D1 as DB, or set LIBSQL_URL in wrangler.toml.']
  const name = settings.database.database_name
  return (await findDatabase(settings)) ? [] : [`The account has no D1 database ${name}. Run: npm run deploy`]
}

async function checkMigrations() {
  if (settings.libsqlUrl) return []
  const where = environmentOption(settings.environment)
  const printed = await wrangler(['d1', 'migrations', 'list', 'DB', '--remote', ...where])
  if (/No migrations to apply/.test(printed)) return []
  const names = [...new Set(printed.match(/\d{4}_\w+\.sql/g))].join(', ')
  return [`The database lacks migrations: ${names}. Run: npm run deploy`]
}

async function checkSecrets() {
  const there = await readSecretNames(settings)
  return MADE_SECRETS.filter((name) => !there.includes(name)).map((name) => `${name} is not set. Run: npm run deploy`)
}

async function checkHealth() {
  const url = await rememberedUrl(settings)
  if (!url) return ['Not deployed from this machine yet. Run: npm run deploy']
  const { ok, status, text } = await askHealth(url, 0)
  return ok ? [] : [`${url}/health responded with ${status}: ${text}\nThe log has the reason. Run: npx wrangler tail`]
}

const failed = new Set()
for (const { name, check, need } of CHECKS) {
  const faults = failed.has(need)
    ? [`not checked, because the check "${need}" failed`]
    : await check().catch((error) => [error.message])
  if (faults.length > 0) failed.add(name)
  console.log(`${faults.length > 0 ? '✗' : '✓'} ${name}`)
  for (const fault of faults) console.log(`    ${fault.replaceAll('\n', '\n    ')}`)
}
if (failed.size > 0) process.exitCode = 1
else console.log('No faults found.')
