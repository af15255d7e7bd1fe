/** The served OpenAPI document: two linters find no fault, and the client has its types. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { generateTypes } from '../../scripts/client-types/generate.mjs'
import { runService } from '../support/node/running.ts'

const run = promisify(execFile)
const service = runService()

test('`redocly lint` passes with redocly.yaml', async () => {
  const { problems } = JSON.parse(await lint('redocly', '--format=json', '--config=redocly.yaml'))
  expect(problems).toEqual([])
})

test('`spectral lint` passes with the OpenAPI and OWASP rules in .spectral.yaml', async () => {
  const findings: Finding[] = JSON.parse(await lint('spectral', '--format=json', '--ruleset=.spectral.yaml', '--quiet'))
  // The old APIs are excluded, because their clients define them. test/compat tests them.
  const isOld = ({ code, path }: Finding) => code.startsWith('owasp:') && path[1]?.startsWith('/compat/')
  const ours = findings.filter((finding) => !isOld(finding))
  expect(ours.map(({ code, path }) => `${code} at ${path.join(' ')}`)).toEqual([])
})

test('the types of the client are generated from the document', async () => {
  const document = await (await fetch(`${service.url}/openapi.json`)).text()
  for (const [name, text] of Object.entries(await generateTypes(document))) {
    const isCurrent = text === (await readFile(`packages/client/src/${name}`, 'utf8'))
    expect(isCurrent, `packages/client/src/${name} differs from /openapi.json: run \`npm run client\``).toBe(true)
  }
})

type Finding = { code: string; path: string[] }

/** The output of a linter. Its exit code is ignored, because findings are failures. */
async function lint(linter: string, ...options: string[]): Promise<string> {
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
  const args = ['lint', `${service.url}/openapi.json`, ...options]
  const printed = await run(join('node_modules', '.bin', linter), args, { env, maxBuffer: 2 ** 24 }).catch(
    (failed: { stdout: string }) => failed,
  )
  return printed.stdout
}
