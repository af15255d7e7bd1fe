// What `deploy` and `doctor` read from the Cloudflare account and from the deployed service.
import { environmentOption, wranglerJson } from './wrangler.mjs'

/** The secrets that `deploy` generates. Both are random values. */
export const MADE_SECRETS = ['JWT_SECRET', 'PASSWORD_PEPPER']

/** The login and its account. Throws an error with instructions. */
export async function readLogin() {
  const { accounts, email, authType } = await wranglerJson(['whoami', '--json']).catch((error) => {
    if (!/"loggedIn": ?false/.test(error.output ?? '')) throw error
    throw new Error('wrangler is not signed in. Run: npx wrangler login (in CI: set CLOUDFLARE_API_TOKEN)')
  })
  const chosen = process.env.CLOUDFLARE_ACCOUNT_ID
  const account = chosen ? accounts.find(({ id }) => id === chosen) : accounts[0]
  if (!account && chosen) throw new Error('CLOUDFLARE_ACCOUNT_ID is not the id of an account of this login.')
  if (!account) throw new Error('This login has no account. Its token needs the permission Account Settings: Read.')
  if (!chosen && accounts.length > 1) {
    const list = accounts.map(({ id, name }) => `  ${id}  ${name}`).join('\n')
    throw new Error(`This login has several accounts. Set CLOUDFLARE_ACCOUNT_ID to one of them:\n${list}`)
  }
  return { who: email ?? authType, account }
}

/** The database in `wrangler.toml`, found by its id if it has one, otherwise by its name. Undefined if it does not exist. */
export async function findDatabase({ database }) {
  const databases = await wranglerJson(['d1', 'list', '--json'])
  return databases.find(({ uuid, name }) =>
    database.database_id ? uuid === database.database_id : name === database.database_name,
  )
}

/** The names of the Worker's secrets. Empty if the Worker does not exist yet. */
export async function readSecretNames({ environment }) {
  const args = ['secret', 'list', '--format', 'json', ...environmentOption(environment)]
  const secrets = await wranglerJson(args).catch((error) => {
    if (/Worker "[^"]*".* not found/.test(error.output ?? '')) return []
    throw error
  })
  return secrets.map(({ name }) => name)
}

/** The rows of a query on the remote database. */
export async function queryRemote({ environment }, sql) {
  const args = ['d1', 'execute', 'DB', '--remote', '--json', ...environmentOption(environment), '--command', sql]
  const [{ results }] = await wranglerJson(args)
  return results
}

/** Requests `/health` until it is healthy or `patience` milliseconds have passed: a new Worker needs some seconds. */
export async function askHealth(url, patience = 60_000) {
  const deadline = Date.now() + patience
  for (;;) {
    const health = await fetch(`${url}/health`, { signal: AbortSignal.timeout(10_000) }).then(
      async (response) => ({ ok: response.ok, status: response.status, text: (await response.text()).slice(0, 500) }),
      (error) => ({ ok: false, status: 0, text: String(error.cause?.message ?? error.message) }),
    )
    if (health.ok || Date.now() > deadline) return health
    await new Promise((resolve) => setTimeout(resolve, Math.min(2_000, patience / 5)))
  }
}
