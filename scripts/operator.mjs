// `npm run operator -- add NAME | remove NAME | list`: grants and revokes the operator role. No route grants it. Default:
// local D1. `--remote`: D1 in production. `--libsql URL` or LIBSQL_URL: libSQL (with LIBSQL_AUTH_TOKEN). `--env` and
// `--persist-to` are options of wrangler.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createClient } from '@libsql/client/http'
import { normalizeName } from '../src/text.ts'

const USAGE = `Usage: npm run operator -- add NAME | remove NAME | list
  --remote          D1 in production instead of local D1
  --libsql URL      a libSQL database (default: LIBSQL_URL; its token is read from LIBSQL_AUTH_TOKEN)
  --env NAME        the environment of wrangler.toml
  --persist-to DIR  the directory of the local D1 database`

const root = fileURLToPath(new URL('..', import.meta.url))
const { values: options, positionals } = readArguments()
const [command, name] = positionals
const commands = { add: () => setRole('operator'), remove: () => setRole('member'), list }
const run = Object.hasOwn(commands, command ?? '') ? commands[command] : undefined
if (!run || (command === 'list') !== (name === undefined) || positionals.length > 2) stop(USAGE)
await run()

/** Changes a role and writes the entry of the audit log in the same batch. */
async function setRole(role) {
  const user = `username_normalized = ${literal(normalizeName(name.trim()))}`
  const changes = `${user} AND role <> '${role}'`
  const action = role === 'operator' ? 'role-granted' : 'role-revoked'
  const [, changed, [found]] = await query([
    `INSERT INTO audit_log (created_at, actor, action, subject, subject_user_id)
      SELECT ${Date.now()}, 'cli', '${action}', 'user:' || id, id FROM users WHERE ${changes}`,
    `UPDATE users SET role = '${role}' WHERE ${changes} RETURNING id`,
    `SELECT id, username FROM users WHERE ${user}`,
  ])
  if (!found) stop(`No user has the name ${name}.`)
  const state = role === 'operator' ? 'an operator' : 'not an operator'
  console.log(`${found.username} (user ${found.id}) is ${changed.length > 0 ? '' : 'already '}${state}.`)
}

async function list() {
  const [operators] = await query([`SELECT id, username, suspended_at FROM users WHERE role = 'operator' ORDER BY id`])
  if (operators.length === 0) console.log('There are no operators.')
  for (const { id, username, suspended_at } of operators) {
    console.log(`${username} (user ${id})${suspended_at === null ? '' : ', suspended'}`)
  }
}

/** Runs the statements as one batch. Resolves to the rows of each. */
async function query(statements) {
  const url = options.libsql ?? process.env.LIBSQL_URL
  return url && !options.remote ? queryLibsql(url, statements) : queryD1(statements)
}

async function queryLibsql(url, statements) {
  const authToken = process.env.LIBSQL_AUTH_TOKEN
  const client = createClient({ url, ...(authToken && { authToken }) })
  const writes = statements.some((statement) => !statement.startsWith('SELECT'))
  const results = await client.batch(statements, writes ? 'write' : 'read')
  return results.map(({ rows }) => rows)
}

async function queryD1(statements) {
  const bin = join(dirname(createRequire(import.meta.url).resolve('wrangler/package.json')), 'bin/wrangler.js')
  const passed = ['env', 'persist-to'].flatMap((option) => (options[option] ? [`--${option}`, options[option]] : []))
  const args = ['d1', 'execute', 'DB', options.remote ? '--remote' : '--local', '--json', '--yes', ...passed]
  const child = spawn(process.execPath, [bin, ...args, '--command', statements.join(';\n')], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true', ...process.env },
  })
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  if (code !== 0) stop(`${errors}${output}`.trim())
  return JSON.parse(output).map(({ results }) => results)
}

/** A string as hexadecimal in SQL, so that neither SQL, the shell nor wrangler can misread it. */
function literal(string) {
  return `CAST(x'${Buffer.from(string).toString('hex')}' AS TEXT)`
}

function readArguments() {
  try {
    const string = { type: 'string' }
    return parseArgs({
      options: { remote: { type: 'boolean' }, libsql: string, env: string, 'persist-to': string },
      allowPositionals: true,
    })
  } catch (error) {
    return stop(`${error.message}\n${USAGE}`)
  }
}

function stop(message) {
  console.error(message)
  process.exit(1)
}
