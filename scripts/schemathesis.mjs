// `npm run test:schemathesis`: Schemathesis generates requests from the OpenAPI document, without and with a token.
// A failure is reported unless it is in EXCUSED. Requires Python 3.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startService } from './service.mjs'

const VERSION = '4.32.5'

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, 'max-examples': { type: 'string', default: '25' } },
})

/** Refused requests that the OpenAPI document cannot exclude, by the `code` of the response. */
const EXCUSED = [
  {
    code: 'invalid-input',
    parameter: 'cursor',
    why: 'A cursor is signed; JSON Schema cannot describe which ones are valid.',
  },
  {
    code: 'idempotency-key-reused',
    why: 'The generator repeats a key with another body, which is the error to report.',
  },
  {
    code: 'malformed-json',
    operation: 'POST /users/refresh',
    why: 'The body is optional only if the request has a cookie.',
  },
  {
    code: 'invalid-input',
    pointer: '#/email',
    why: 'A regular expression cannot describe which domains UTS 46 allows.',
  },
  { code: 'invalid-input', pointer: '#/password', why: 'The list of common passwords is not part of the document.' },
  {
    code: 'invalid-input',
    pointer: '#/new_password',
    why: 'The list of common passwords is not part of the document.',
  },
  {
    code: 'invalid-input',
    parameter: 'if-match',
    why: 'The generator makes headers of letters and digits only, against the declared pattern.',
  },
  { code: 'version-conflict', why: 'The version in If-Match is rarely the current one.' },
]

const NATIVE = ['--exclude-path-regex', '^/compat/']

/**
 * The old APIs refuse input that their fields allow, and with other statuses than a new API would: `test/compat` compares
 * them with recordings. Here they only have to respond as the document says.
 */
const OLD_APIS = [
  '--include-path-regex',
  '^/compat/',
  '--checks',
  'not_a_server_error,status_code_conformance,response_schema_conformance',
]

/** Operations that would end the account or the session of the run. */
const LEFT_OUT = ['logout', 'deleteMe']

const python = install()
const dir = await mkdtemp(join(tmpdir(), 'postern-schemathesis-'))
const service = await startService({ dir })
try {
  const token = await register()
  const auth = ['--header', `Authorization: Bearer ${token}`]
  const runs = [NATIVE, [...NATIVE, ...auth], OLD_APIS, [...OLD_APIS, ...auth]]
  const unexcused = []
  for (const options of runs) unexcused.push(...(await run(options)))
  for (const failure of unexcused) console.error(failure)
  console.log(unexcused.length > 0 ? `${unexcused.length} failures` : 'No failures, except excused ones.')
  process.exitCode = unexcused.length > 0 ? 1 : 0
} finally {
  await service.stop()
  await rm(dir, { recursive: true, force: true, maxRetries: 10 })
}

/** Installs the pinned version into a virtual environment in node_modules, unless it is installed. */
function install() {
  const environment = fileURLToPath(new URL(`../node_modules/.cache/schemathesis-${VERSION}`, import.meta.url))
  const command = join(environment, 'bin/schemathesis')
  if (existsSync(command)) return command
  execFileSync('python3', ['-m', 'venv', environment], { stdio: 'inherit' })
  execFileSync(join(environment, 'bin/pip'), ['install', '--quiet', `schemathesis==${VERSION}`], { stdio: 'inherit' })
  return command
}

async function register() {
  const body = JSON.stringify({ username: 'tester', email: 'tester@example.com', password: 'a passphrase nobody uses' })
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(`${service.url}/users/register`, { method: 'POST', headers, body })
  return (await response.json()).access_token
}

/** Runs all checks and all phases. Returns the failures that are not excused, as text. */
async function run(headers) {
  const { stdout, stderr, status } = spawnSync(
    python,
    [
      'run',
      `${service.url}/openapi.json`,
      `--max-examples=${values['max-examples']}`,
      `--seed=${values.seed}`,
      '--continue-on-failure',
      '--suppress-health-check=all',
      ...LEFT_OUT.flatMap((id) => ['--exclude-operation-id', id]),
      ...headers,
    ],
    { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' }, maxBuffer: 64 * 1024 * 1024 },
  )
  if (status !== 0 && status !== 1) throw new Error(`Schemathesis did not run:\n${stdout}\n${stderr}`)
  const blocks = stdout.split(/^_{3,} (.+?) _{3,}$/m)
  const failures = []
  for (let n = 1; n < blocks.length; n += 2) {
    for (const text of blocks[n + 1].split(/^\d+\. Test Case ID/m).slice(1)) {
      if (!isExcused(blocks[n], text)) failures.push(`${blocks[n]}\n${text.split(/^=+ /m)[0].trim()}`)
    }
  }
  return failures
}

/** Only a refusal of valid input can be excused. A response that the document does not allow is always a failure. */
function isExcused(operation, text) {
  if (!text.includes('Schema-valid request rejected') || /^- (?!ST202)/m.test(text)) return false
  const body = /`(\{"type".*\})`/s.exec(text)?.[1]
  if (!body) return false
  const problem = JSON.parse(body)
  return EXCUSED.some(
    (excuse) =>
      excuse.code === problem.code &&
      (excuse.operation === undefined || excuse.operation === operation) &&
      (excuse.parameter === undefined || problem.errors.every(({ parameter }) => parameter === excuse.parameter)) &&
      (excuse.pointer === undefined || problem.errors.every(({ pointer }) => pointer === excuse.pointer)),
  )
}
