// `npm run users:import -- FILE`: imports users of another service with their password hashes. See docs/migrating.md.
import { parseArgs } from 'node:util'
import { SUFFIX_KEY } from '../../src/accounts/legacy-hash/suffix.ts'
import { checkFile } from './check-file.mjs'
import { openTarget, TARGET_OPTIONS, TARGET_USAGE } from './target.mjs'
import { writeUsers } from './write.mjs'

const USAGE = `Usage: npm run users:import -- FILE [options]
  FILE                    JSON lines, or CSV if its name ends in .csv
  --dry-run               check the file and the database, and write nothing
  --allow-no-email        import users without a usable e-mail address, without an address
  --password-suffix KEY   the hashes are of password + suffix; KEY is the key of the suffix in the secret PASSWORD_SUFFIXES${TARGET_USAGE}
Exit code: 0 if every line is in the database, 1 if lines were refused, 2 if nothing was done.`

/** The number of users between two progress lines. */
const STEP = 10_000

const { file, values } = readArguments()
const options = {
  allowNoEmail: values['allow-no-email'],
  suffix: values['password-suffix'],
  isDryRun: values['dry-run'],
  now: Date.now(),
}
let refused = 0

try {
  await run()
} catch (error) {
  stop(error.message)
}

async function run() {
  const entries = await checkFile(file, options, refuse)
  console.error(`${file}: ${entries.length} users can be imported, ${refused} lines are refused.`)
  const target = await openTarget(values)
  try {
    const { added, present } = await writeUsers(target.query, entries, options, { refuse, progress })
    const verb = options.isDryRun ? 'would be imported' : 'imported'
    console.log(`${target.name}: ${added} ${verb}, ${present} already there, ${refused} refused.`)
  } finally {
    await target.close()
  }
  process.exitCode = refused > 0 ? 1 : 0
}

function readArguments() {
  const flag = { type: 'boolean', default: false }
  try {
    const { values: given, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        'dry-run': flag,
        'allow-no-email': flag,
        'password-suffix': { type: 'string' },
        ...TARGET_OPTIONS,
      },
    })
    const [path, ...rest] = positionals
    if (path === undefined || rest.length > 0) throw new Error('Exactly one file is required.')
    const key = given['password-suffix']
    if (key !== undefined && !SUFFIX_KEY.test(key))
      throw new Error('KEY must have 1 to 32 letters, digits, `_` and `-`.')
    return { file: path, values: given }
  } catch (error) {
    return stop(`${error.message}\n${USAGE}`)
  }
}

function refuse(line, reason) {
  refused++
  console.error(`line ${line}: ${reason}`)
}

function progress(done, of) {
  if (done === of || done % STEP === 0) console.error(`${done} of ${of}`)
}

function stop(message) {
  console.error(message)
  process.exit(2)
}
