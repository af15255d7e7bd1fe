// Builds and deploys. A version is tagged with a digest of its bundle, assets and settings.
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { basePathOf } from './settings.mjs'
import { environmentOption, root, wrangler, wranglerJson } from './wrangler.mjs'

/** Builds the Worker as a deployment does. Resolves to the digest and to the list of bindings that wrangler printed. */
export async function build(environment) {
  const directory = await mkdtemp(join(tmpdir(), 'postern-build-'))
  try {
    const printed = await wrangler(['deploy', '--dry-run', '--outdir', directory, ...environmentOption(environment)])
    const hash = createHash('sha256').update(environment ?? '')
    hash.update(await readFile(join(root, 'wrangler.toml')))
    for (const part of [directory, join(root, 'dist/assets')]) {
      for (const file of await filesIn(part)) hash.update(`${file.name}\n`).update(file.content)
    }
    return { digest: hash.digest('hex').slice(0, 20), printed }
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** Files that differ between builds: the README has the time, the source map has local paths. */
const VARYING = /^README\.md$|\.map$/

async function filesIn(directory) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile() && !VARYING.test(entry.name))
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).toSorted()
  return Promise.all(paths.map(async (path) => ({ name: path.slice(directory.length), content: await readFile(path) })))
}

/** The tag of the deployed version. Undefined if there is none, or if several versions share the requests. */
export async function deployedTag({ environment }) {
  try {
    const { versions } = await wranglerJson(['deployments', 'status', '--json', ...environmentOption(environment)])
    const [{ version_id: id, percentage }] = versions
    if (percentage !== 100) return undefined
    const version = await wranglerJson(['versions', 'view', id, '--json', ...environmentOption(environment)])
    return version.annotations?.['workers/tag']
  } catch (error) {
    // A Worker that was never deployed has no status. The deployment that follows reports any other failure.
    if (error.name === 'WranglerError') return undefined
    throw error
  }
}

/** Deploys with the digest as the tag of the version. Resolves to the URL of the service. */
export async function deploy(settings, digest) {
  const directory = await mkdtemp(join(tmpdir(), 'postern-deploy-'))
  const file = join(directory, 'output.ndjson')
  try {
    await wrangler(['deploy', '--tag', digest, ...environmentOption(settings.environment)], {
      env: { WRANGLER_OUTPUT_FILE_PATH: file },
    })
    const entries = (await readFile(file, 'utf8')).trim().split('\n')
    const { targets = [] } = entries.map((line) => JSON.parse(line)).find(({ type }) => type === 'deploy') ?? {}
    const url = serviceUrl(settings, targets)
    if (url) await rememberUrl(settings, url)
    return url
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** The URL of the first target: `https://postern.example.workers.dev`, `api.example.com (custom domain)` or `example.com/api/*`. */
function serviceUrl(settings, targets) {
  const target = targets
    .map((text) => text.replace(/ \(.*/, '').replace(/\*$/, ''))
    .map((text) => (text.startsWith('http') ? text : `https://${text}`))
    .flatMap((text) => URL.parse(text) ?? [])
    .find(({ hostname }) => hostname.includes('.') && !hostname.includes('*'))
  return target && target.origin + basePathOf(settings)
}

/** The file with the URL, because wrangler prints it only when it deploys. `.wrangler/` is not in version control. */
const memory = ({ worker }) => join(root, '.wrangler/postern', `${worker}.json`)

async function rememberUrl(settings, url) {
  await mkdir(dirname(memory(settings)), { recursive: true })
  await writeFile(memory(settings), `${JSON.stringify({ url })}\n`)
}

/** The URL of the last deployment from this machine. */
export async function rememberedUrl(settings) {
  try {
    return JSON.parse(await readFile(memory(settings), 'utf8')).url
  } catch {
    return undefined
  }
}
