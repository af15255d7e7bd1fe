// Builds dist/assets, the static files of the Worker: Swagger UI, the files in assets/ and the guides in docs/ as HTML.
// An unchanged file is not written again, because a running service would restart.
import { glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { marked } from 'marked'

const root = fileURLToPath(new URL('..', import.meta.url))
const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
const to = join(root, 'dist/assets')

for await (const entry of glob('**', { cwd: join(root, 'assets'), withFileTypes: true })) {
  if (!entry.isFile()) continue
  const from = join(entry.parentPath, entry.name)
  await update(relative(join(root, 'assets'), from), await readFile(from))
}
for (const file of ['swagger-ui-bundle.js', 'swagger-ui.css', 'favicon-32x32.png']) {
  await update(join('docs', file), await readFile(join(swagger, file)))
}

const guides = []
for await (const file of glob(join(root, 'docs/*.md'))) {
  const source = await readFile(file, 'utf8')
  const name = basename(file, '.md')
  guides.push({ name, title: titleOf(source) })
  await update(`docs/guides/${name}.html`, Buffer.from(await toHtml(source)))
}
guides.sort((a, b) => a.title.localeCompare(b.title, 'en'))
await update('docs/guides/index.json', Buffer.from(JSON.stringify(guides)))
await rm(join(to, 'docs/start.js'), { force: true })

/** Writes a file in dist/assets if its content has changed. */
async function update(path, content) {
  const file = join(to, path)
  const written = await readFile(file).catch(() => undefined)
  if (written?.equals(content)) return
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
}

/** The first heading of a guide. */
function titleOf(source) {
  const title = /^# (.+)$/m.exec(source)?.[1]
  if (!title) throw new Error('A guide has no heading of the first level.')
  return title
}

/** The HTML of a guide without its title, which the page shows. Links to other guides lose the file extension. */
async function toHtml(source) {
  const body = source.replace(/^# .+\n/m, '').replaceAll(/\]\((?:\.\/)?([\w-]+)\.md(#[\w-]+)?\)/g, ']($1$2)')
  return marked.parse(body)
}
