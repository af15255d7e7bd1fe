// Mutation tests: makes small changes to the sources, one at a time, and checks that a test fails for each.
// `npm run mutate -- [--only N] [file[:line] ...]` runs N mutants, evenly distributed. Default: all.
import { fork } from 'node:child_process'
import { on, once } from 'node:events'
import { rmSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createVitest, parseAst } from 'vitest/node'

/** The test files of each source. A test file runs only for the mutants that survived the previous one. */
const TESTS = {
  'src/accounts/access-token.ts': ['test/accounts/access-token.test.ts', 'test/compat/recipes.test.ts'],
  'src/accounts/guards.ts': [
    'test/accounts/access-token.test.ts',
    'test/http/openapi.test.ts',
    'test/content/verification.test.ts',
    'test/content/creation-limit.test.ts',
    'test/http/rate-limit.test.ts',
  ],
  'src/accounts/known-networks.ts': ['test/accounts/sign-in-notices.test.ts', 'test/accounts/login-throttle.test.ts'],
  'src/accounts/login-throttle.ts': ['test/accounts/login-throttle.test.ts', 'test/accounts/recovery.test.ts'],
  'src/accounts/password.ts': [
    'test/accounts/password.test.ts',
    'test/accounts/account.test.ts',
    'test/accounts/legacy-hash-schemes.test.ts',
  ],
  'src/accounts/registration.ts': [
    'test/accounts/account.test.ts',
    'test/accounts/repeated-requests.test.ts',
    'test/accounts/concurrent-changes.test.ts',
    'test/accounts/sign-in-notices.test.ts',
    'test/accounts/registration-mode.test.ts',
  ],
  'src/accounts/session.ts': [
    'test/accounts/session.test.ts',
    'test/accounts/repeated-requests.test.ts',
    'test/accounts/audit.test.ts',
  ],
  'src/accounts/sign-in.ts': [
    'test/accounts/concurrent-changes.test.ts',
    'test/accounts/account.test.ts',
    'test/accounts/sign-in-notices.test.ts',
    'test/accounts/session.test.ts',
    'test/accounts/repeated-requests.test.ts',
    'test/accounts/audit.test.ts',
    'test/accounts/legacy-hash-schemes.test.ts',
  ],
}
/** Tests that sign in often and do not test the password scheme. In the copies, they hash with less work. */
const HASHES_CHEAPLY = [
  'test/accounts/audit.test.ts',
  'test/accounts/registration-mode.test.ts',
  'test/http/rate-limit.test.ts',
]
/**
 * Equivalent mutants, with the reason. They are not run. An entry that the source no longer has is an error. An entry with
 * `within` is for lines that contain this text.
 */
const EQUIVALENT = {
  'src/accounts/access-token.ts': [
    {
      why: '`hono/jwt` requires three parts and a valid signature, too',
      before: String.raw`/^eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.[\w-]{1,2000}\.[\w-]{42}[AEIMQUYcgkosw048]$/`,
      after: [
        String.raw`/^eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.[\w-]{1,2000}\.[\w-]{42}[AEIMQUYcgkosw048]$/`,
        String.raw`/^eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.[\w-]{1,2000}.[\w-]{42}[AEIMQUYcgkosw048]$/`,
        String.raw`/^eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.[\w-]{1,2000}\.[\w-]*[AEIMQUYcgkosw048]$/`,
      ],
    },
    {
      why: 'a token that has not expired and has a short lifetime is not older',
      before: 'age < lifetime',
      after: ['true', '((age) <= (lifetime))'],
    },
  ],
  'src/accounts/guards.ts': [
    {
      why: '`COMPACT_JWS` accepts neither an empty token nor `undefined`',
      before: '!token',
      after: ['false'],
    },
    { why: 'nothing has set Vary before the guard', within: 'Vary', before: 'true', after: ['false'] },
    {
      why: '`hono/jwt` requires the scheme and one token, too',
      before: String.raw`/^bearer +(\S+)$/i`,
      after: [
        String.raw`/bearer +(\S+)$/i`,
        String.raw`/^bearer *(\S+)$/i`,
        String.raw`/^bearer +(\S*)$/i`,
        String.raw`/^bearer +(\S+)/i`,
      ],
    },
    { why: 'the response is of `http/render.ts`, not of `hono/jwt`', before: `'postern'`, after: [`''`] },
    {
      why: '`hono/jwt` awaits what `next` returns, and null is awaited too',
      before: 'Promise.resolve()',
      after: ['null'],
    },
    {
      why: 'without the cache, each request makes the same middleware again',
      before: '!found',
      after: ['true'],
    },
    {
      why: 'without the cache, each request makes the same middleware again',
      before: 'verifiers.set(config, found)',
      after: [';'],
    },
    { why: 'the text of `undefined` is not a scheme', before: 'authorization !== undefined', after: ['true'] },
  ],
  'src/accounts/known-networks.ts': [
    {
      why: 'a digest is compared with digests of the same form alone',
      within: 'omitPadding',
      before: 'true',
      after: ['false'],
    },
    { why: 'no other list of parts has two parts, of which the first is empty', before: `'network'`, after: [`''`] },
  ],
  'src/accounts/login-throttle.ts': [
    {
      why: 'a digest is compared with digests of the same form alone',
      within: 'omitPadding',
      before: 'true',
      after: ['false'],
    },
    ...["'name and network'", "'name'", "'current password'"].map((before) => ({
      why: 'the three lists of parts stay different',
      before,
      after: ["''"],
    })),
    {
      why: 'no other row has the nonce; the subject is what has an index',
      before: 'and(eq(subject, perName), eq(nonce, attempt.nonce))',
      after: ['and(eq(nonce, attempt.nonce))'],
    },
    {
      why: 'after 7 doublings the delay is the longest one',
      before: '`min(${increased} - ${free + 1}, 10)`',
      after: ['`min(${increased} - ${free + 1}, 11)`', '`min(${increased} - ${free + 1}, 9)`'],
    },
    {
      why: 'SQLite shifts 1 by -1 to 0, which is no delay, as one that ended a millisecond ago is',
      before: '`case when ${increased} > ${free} then ${now} + ${delay} else 0 end`',
      after: [
        '`case when ${increased} >= ${free} then ${now} + ${delay} else 0 end`',
        '`case when ${increased} > ${free} then ${now} + ${delay} else 1 end`',
        '`case when ${increased} > ${free} then ${now} + ${delay} else -1 end`',
      ],
    },
    {
      why: 'a delay that ended within a millisecond of 1970 has ended, too',
      within: 'new Date(0)',
      before: '0',
      after: ['1', '-1'],
    },
    {
      why: 'a delay that ended within a millisecond of 1970 has ended, too',
      before: '`case when ${remaining} > ${FREE_PER_NAME} then ${retry_at} else 0 end`',
      after: [
        '`case when ${remaining} > ${FREE_PER_NAME} then ${retry_at} else 1 end`',
        '`case when ${remaining} > ${FREE_PER_NAME} then ${retry_at} else -1 end`',
      ],
    },
    { why: 'every caller gives a condition, and the type alone asks', before: '`1`', after: ['``', '`2`', '`0`'] },
    {
      why: 'the attempt that succeeded is in the count of its network',
      before: '`coalesce((select n.failures from ${loginAttempts} n where n.subject = ${perNetwork}), 0)`',
      after: [
        '`coalesce((select n.failures from ${loginAttempts} n where n.subject = ${perNetwork}), 1)`',
        '`coalesce((select n.failures from ${loginAttempts} n where n.subject = ${perNetwork}), -1)`',
      ],
    },
    {
      why: 'a row without failures is deleted in the batch that makes it',
      before: 'and(eq(subject, perName), eq(failures, 0))',
      after: ['and(eq(failures, 0))'],
    },
  ],
  'src/accounts/password.ts': [
    {
      why: 'only a hash with a pepper is derived with one, and the type alone asks',
      before: 'pepper !== undefined',
      after: ['true'],
    },
    {
      why: 'the caller has verified the password, so one of its forms matches',
      within: '  return undefined',
      before: 'undefined',
      after: ['null'],
    },
  ],
  'src/accounts/registration.ts': [
    {
      why: 'no other hash has the salt; the name is what has an index',
      before: 'and(eq(users.username_normalized, names.username_normalized), eq(users.password_hash, password_hash))',
      after: ['and(eq(users.password_hash, password_hash))'],
    },
    { why: 'in SQL nothing equals null', before: 'registration_key === null', after: ['false'] },
    {
      why: 'the key is a digest of the names too; the name is what has an index',
      before: `and(
    eq(users.username_normalized, username_normalized),
    eq(users.registration_key, registration_key),
    gt(users.created_at, new Date(now - REPLAY_WINDOW)),
  )`,
      after: ['and(eq(users.registration_key, registration_key), gt(users.created_at, new Date(now - REPLAY_WINDOW)))'],
    },
    {
      why: 'a digest is compared with digests of the same form alone',
      within: 'omitPadding',
      before: 'true',
      after: ['false'],
    },
  ],
  'src/accounts/sign-in.ts': [
    { why: 'columns are read by position', before: `'is_known'`, after: [`''`] },
    {
      why: 'SQLite reads the index of addresses first, although it does not promise it',
      before: `input.email ?? input.username`,
      after: ['((input.email) && (input.username))'],
    },
    {
      why: 'SQLite reads the index of addresses first, although it does not promise it',
      before: `input.email ?? input.username ?? ''`,
      after: [`((input.email ?? input.username) && (''))`],
    },
    { why: 'no password matches the dummy hash of an unknown user', before: '!found', after: ['false'] },
    { why: 'only the first row is read', within: '.limit(', before: '1', after: ['2'] },
  ],
  'src/accounts/session.ts': [
    {
      why: 'the three parts are there or missing together',
      before: '!selector || !digits || !mac',
      after: ['((!selector || !digits) && (!mac))'],
    },
    {
      why: 'the three parts are there or missing together',
      before: '!selector || !digits',
      after: ['false', '((!selector) && (!digits))'],
    },
    { why: 'the three parts are there or missing together', before: '!selector', after: ['false'] },
    { why: 'the three parts are there or missing together', before: '!digits', after: ['false'] },
    { why: 'the three parts are there or missing together', before: '!mac', after: ['false'] },
    { why: 'in SQL nothing equals null', before: 'rotation_key === null', after: ['false'] },
  ],
}
/** The share of a source's mutants that must be killed. */
const ENOUGH = 0.9
/** The number of mutants that are tested in parallel, each in a copy of the project. */
const COPIES = 2
/** The time limit of a mutant: a multiple of the time of the unchanged source, and at least these seconds. */
const PATIENCE = { times: 4, seconds: 60 }
const NOT_COPIED = new Set(['node_modules', '.git', '.dev.vars', '.wrangler', 'dist'])

const RUNNER = '--runner'

/** The result for a mutant that exceeded the time limit, or that crashed Vitest. */
const HUNG = 'the time limit'
const ENDED = 'the end of its process'

async function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: 'string' } } })
  const root = fileURLToPath(new URL('..', import.meta.url))
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

  // The mutants are made from a copy, because the project can change during the run.
  const all = []
  const equivalent = []
  for (const file of files) {
    const lines = new Set(places.filter((place) => place.file === file).map(({ line }) => line))
    const own = mutantsOf(file, await readFile(join(dir, '1', file), 'utf8'))
    const asked = own.filter(({ line }) => lines.has(undefined) || lines.has(line))
    all.push(...asked.filter(({ why }) => !why))
    equivalent.push(...asked.filter(({ why }) => why))
  }
  const only = Math.min(Number(values.only ?? all.length), all.length)
  const mutants = Array.from({ length: only }, (_, at) => all[Math.floor((at * all.length) / only)])
  console.log(`${mutants.length} mutants of ${files.join(', ')}`)

  const times = {}
  await share(runners, [...new Set(files.flatMap((file) => TESTS[file]))], async (runner, test) => {
    const { failure, milliseconds } = await runner.run({ test })
    if (failure) throw new Error(`${test} fails without a mutant: ${failure}`)
    times[test] = milliseconds
  })

  await share(runners, mutants, async (runner, mutant) => {
    for (const test of TESTS[mutant.file]) {
      const limit = Math.max(times[test] * PATIENCE.times, PATIENCE.seconds * 1000)
      mutant.killer ??= (await runner.run({ test, file: mutant.file, text: mutant.text, limit })).failure
    }
    console.log(mutant.killer ? `killed    ${describe(mutant)}, by: ${mutant.killer}` : `survived  ${describe(mutant)}`)
  })

  const survivors = mutants.filter(({ killer }) => !killer)
  console.log(`\n${survivors.length} survived:`)
  for (const mutant of survivors) console.log(describe(mutant))
  console.log(`\n${equivalent.length} not run, because they are equivalent to the source:`)
  for (const mutant of equivalent) console.log(`${describe(mutant)}, because ${mutant.why}`)
  console.log()
  for (const file of files) {
    const own = mutants.filter((mutant) => mutant.file === file)
    const killed = own.filter(({ killer }) => killer).length
    if (own.length === 0) continue
    if (killed / own.length < ENOUGH) process.exitCode = 1
    console.log(`${file}: ${killed} of ${own.length} killed, ${((100 * killed) / own.length).toFixed(1)} %`)
  }
  console.log(`${Math.round(performance.now() / 1000)} s`)
  process.exit()
}

const describe = ({ file, line, before, after }) => {
  const at = Math.max(0, commonLength(before, after) - 20)
  const lead = before.length > 70 && at > 0 ? '…' : ''
  const from = lead ? at : 0
  return `${file}:${line}  ${lead}${short(before.slice(from))} -> ${lead}${short(after.slice(from)) || '(nothing)'}`
}

/** The number of characters that two texts begin with alike. */
function commonLength(one, other) {
  let length = 0
  while (length < one.length && one[length] === other[length]) length++
  return length
}

function short(text) {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > 70 ? `${line.slice(0, 69)}…` : line
}

/** Runs all jobs, each with the first free runner. */
async function share(runners, jobs, work) {
  const queue = jobs.values()
  await Promise.all(
    runners.map(async (runner) => {
      for (const job of queue) await work(runner, job)
    }),
  )
}

async function copyProject(root, to) {
  await cp(root, to, { recursive: true, filter: (path) => !NOT_COPIED.has(basename(path)) || path === root })
  await symlink(join(root, 'node_modules'), join(to, 'node_modules'))
  await mkdir(join(to, 'tmp'))
  for (const test of HASHES_CHEAPLY) {
    const text = await readFile(join(to, test), 'utf8')
    await writeFile(join(to, test), `import '../support/hashing.ts';${text}`)
  }
  return to
}

/** A process that keeps Vitest running over one copy of the project, because a start takes longer than most tests. */
function createRunner(root) {
  let child

  const start = () => {
    child = fork(fileURLToPath(import.meta.url), [RUNNER, root], {
      cwd: root,
      env: { ...process.env, TMPDIR: join(root, 'tmp'), CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // A separate process group, so that a signal also reaches workerd.
      detached: true,
    })
  }

  const kill = () => {
    try {
      if (child) process.kill(-child.pid, 'SIGKILL')
    } catch (error) {
      // The process group has already ended.
      if (error.code !== 'ESRCH') throw error
    }
    child = undefined
  }

  /** Runs one test file, optionally with a mutated source. Resolves to the first failure and the time. */
  async function run({ test, file, text, limit = 300_000 }) {
    if (!child?.connected) start()
    const started = performance.now()
    const original = file && (await readFile(join(root, file), 'utf8'))
    if (file) await writeFile(join(root, file), text)
    child.send({ test, file })
    const waiting = new AbortController()
    const failure = await Promise.race([
      once(child, 'message', waiting).then(([{ failure: why }]) => why),
      once(child, 'exit', waiting).then(() => ENDED),
      sleep(limit, HUNG, waiting),
    ]).finally(() => waiting.abort())
    if (failure === HUNG || failure === ENDED) kill()
    if (file) await writeFile(join(root, file), original)
    return { failure, milliseconds: performance.now() - started }
  }

  return { run, kill }
}

/** The main loop of a runner process. */
async function serve(root) {
  const vitest = await createVitest('test', {
    root,
    watch: false,
    project: ['d1'],
    bail: 1,
    reporters: [{}],
    fsModuleCachePath: join(root, 'tmp/cache'),
  })
  await vitest.standalone()
  process.on('disconnect', () => process.exit())
  let changed
  for await (const [{ test, file }] of on(process, 'message')) {
    for (const path of [changed, file]) if (path) vitest.invalidateFile(join(root, path))
    changed = file
    const specifications = await vitest.globTestSpecifications([test])
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications)
    const own = testModules.filter(({ moduleId }) => moduleId === join(root, test))
    const failed = own.flatMap((module) => [...module.children.allTests('failed')].map(({ name }) => name))
    const errors = [...own.flatMap((module) => module.errors()), ...unhandledErrors].map(({ message }) => message)
    const passed = own.length > 0 && own.every((module) => module.state() === 'passed') && errors.length === 0
    process.send({ failure: passed ? undefined : (failed[0] ?? short(errors[0] ?? 'nothing ran')) })
  }
}

/** All mutants of a source in the order of its lines: `{ file, line, before, after, text, why }`. Equivalent ones have `why`. */
function mutantsOf(file, source) {
  const found = new Map()
  // One entry for each mutant.
  const equivalent = (EQUIVALENT[file] ?? []).flatMap((entry) => entry.after.map((after) => ({ ...entry, after })))
  const unused = new Set(equivalent)
  visit(parseAst(source, { lang: 'ts' }), {}, (node, after) => {
    const before = source.slice(node.start, node.end)
    if (after === before) return
    const line = source.slice(0, node.start).split('\n').length
    // On the first line, so that line numbers do not change.
    const drizzle = after.includes('drizzle.') ? `import * as drizzle from 'drizzle-orm';` : ''
    const text = drizzle + source.slice(0, node.start) + after + source.slice(node.end)
    const lineText = source.split('\n')[line - 1]
    const entry = equivalent.find(
      (one) => one.before === before && one.after === after && lineText.includes(one.within ?? ''),
    )
    if (entry) unused.delete(entry)
    found.set(text, { file, line, before, after, text, why: entry?.why })
  })
  const mutants = [...found.values()].toSorted((a, b) => a.line - b.line)
  for (const { before, after } of unused)
    throw new Error(`EQUIVALENT has a mutant that ${file} no longer has: ${before} -> ${after}`)
  return mutants

  function visit(node, context, replace) {
    mutate(node, context, source, replace)
    for (const [key, child] of Object.entries(node)) {
      if (key === 'typeAnnotation' || key === 'typeArguments' || key === 'typeParameters' || key === 'returnType')
        continue
      for (const inner of Array.isArray(child) ? child : [child]) {
        if (typeof inner?.type !== 'string' || isTypeOnly(inner)) continue
        // `owner` is the function that a `return` leaves.
        const owner = /Function/.test(node.type) ? node : context.owner
        visit(inner, { parent: node, key, owner }, replace)
      }
    }
  }
}

const isTypeOnly = ({ type }) =>
  type === 'ImportDeclaration' || (type.startsWith('TS') && !/^TS(As|Satisfies|NonNull)Expression$/.test(type))

const SWAPPED = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<='],
  '<=': ['<'],
  '>': ['>='],
  '>=': ['>'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
}
const SWAPPED_CALLS = {
  and: ['or'],
  or: ['and'],
  eq: ['ne'],
  ne: ['eq'],
  gt: ['gte', 'lt'],
  gte: ['gt', 'lte'],
  lt: ['lte', 'gt'],
  lte: ['lt', 'gte'],
  exists: ['notExists'],
  desc: ['asc'],
}
const EQUALITY = new Set(['===', '!=='])
const COMPARISONS = new Set([...EQUALITY, '<', '<=', '>', '>='])

/** The mutants of one node, through `replace(node, text)`. */
function mutate(node, { parent, key, owner }, source, replace) {
  const textOf = ({ start, end }) => source.slice(start, end)
  const isNegation = node.type === 'UnaryExpression' && node.operator === '!'

  if (key === 'test' && parent.type !== 'SwitchCase') {
    // An endless loop would only reach the time limit, so loops are mutated to `false` only.
    if (!parent.type.endsWith('Statement') || parent.type === 'IfStatement') replace(node, 'true')
    replace(node, 'false')
    // The negation of these operators is made below.
    if (!isNegation && !EQUALITY.has(node.operator)) replace(node, `!(${textOf(node)})`)
  }
  if (parent?.operator === '&&') replace(node, 'true')
  if (parent?.operator === '||') replace(node, 'false')
  if (key === 'argument' && parent.type === 'ReturnStatement') replaceReturned()
  if (key === 'body' && parent.type === 'ArrowFunctionExpression' && node.type !== 'BlockStatement') replaceReturned()

  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
      for (const operator of SWAPPED[node.operator] ?? []) {
        replace(node, `((${textOf(node.left)}) ${operator} (${textOf(node.right)}))`)
      }
      break
    case 'UnaryExpression':
      if (isNegation) replace(node, textOf(node.argument))
      break
    case 'ExpressionStatement': {
      const { expression } = node
      const call = expression.type === 'AwaitExpression' ? expression.argument : expression
      if (call.type === 'CallExpression') replace(node, ';')
      break
    }
    case 'ThrowStatement':
      replace(node, ';')
      break
    case 'CallExpression':
      for (const name of SWAPPED_CALLS[node.callee.name] ?? []) replace(node.callee, `drizzle.${name}`)
      if (node.callee.name === 'and' || node.callee.name === 'or') {
        for (const dropped of node.arguments) {
          const kept = node.arguments.filter((argument) => argument !== dropped)
          replace(node, `${node.callee.name}(${kept.map(textOf).join(', ')})`)
        }
      }
      break
    case 'TemplateLiteral':
      replace(node, '``')
      if (parent.tag?.name !== 'sql') break
      for (const { start, end } of node.quasis) {
        for (const changed of sqlMutants(source.slice(start, end))) {
          replace(node, source.slice(node.start, start) + changed + source.slice(end, node.end))
        }
      }
      break
    case 'Literal':
      if (!(key === 'key' && !parent.computed)) for (const literal of literalsFor(node)) replace(node, literal)
      break
  }

  function replaceReturned() {
    replace(node, 'null')
    const type = owner.returnType ? textOf(owner.returnType) : ''
    if (!/\bboolean\b/.test(type) && !isNegation && !COMPARISONS.has(node.operator)) return
    replace(node, 'true')
    replace(node, 'false')
  }
}

const SWAPPED_SQL = {
  '<': ['<='],
  '<=': ['<'],
  '>': ['>='],
  '>=': ['>'],
  '=': ['<>'],
  '+': ['-'],
  '-': ['+'],
  and: ['or'],
  or: ['and'],
  not: [''],
  min: ['max'],
  max: ['min'],
}

/** The text of a part of an SQL template with one operator, function or number replaced. */
function sqlMutants(text) {
  return [...text.matchAll(/(?<!<)[<>](?!<)=?|(?<![<>])=|[+-]|\b(?:and|or|not|min|max)\b|\b\d+\b/g)].flatMap(
    ({ 0: token, index }) => {
      const swapped = SWAPPED_SQL[token] ?? literalsFor({ value: Number(token) })
      return swapped.map((other) => text.slice(0, index) + other + text.slice(index + token.length))
    },
  )
}

function literalsFor({ value, regex, raw }) {
  if (regex) return weaken(regex).map(({ pattern, flags }) => `/${pattern}/${flags}`)
  if (typeof value === 'boolean') return [String(!value)]
  if (typeof value === 'number') return [...new Set([value + 1, value - 1, 0])].filter((n) => n !== value).map(String)
  return typeof value === 'string' && value !== '' ? ["''"] : [raw]
}

/** Regular expressions that match more: without an anchor, a flag, a bound or an escape. */
function weaken({ pattern, flags }) {
  const weaker = []
  const without = (at, length, instead = '') =>
    weaker.push({ pattern: pattern.slice(0, at) + instead + pattern.slice(at + length), flags })
  // A class, an escape, a bound, or one character.
  for (const { 0: part, index } of pattern.matchAll(/\[(?:\\.|[^\]])*\]|\\.|\{[\d,]+\}|./gs)) {
    if (part === '^' || part === '$') without(index, 1)
    else if (part === '+') without(index, 1, '*')
    else if (part === '\\.') without(index, 2, '.')
    else if (part.startsWith('{')) without(index, part.length, '*')
  }
  return flags ? [...weaker, { pattern, flags: '' }] : weaker
}

if (process.argv[2] === RUNNER) await serve(process.argv[3])
else await main()
