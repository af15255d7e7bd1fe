// Builds dist/assets, the static files of the Worker: Swagger UI, the files in assets/ and the guides in docs/ as HTML.
import { copyFile, cp, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { marked } from 'marked'

const root = fileURLToPath(new URL('..', import.meta.url))
const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
const to = join(root, 'dist/assets')

await mkdir(join(to, 'docs/guides'), { recursive: true })
await cp(join(root, 'assets'), to, { recursive: true })
for (const file of ['swagger-ui-bundle.js', 'swagger-ui.css', 'favicon-32x32.png']) {
  await copyFile(join(swagger, file), join(to, 'docs', file))
}

const guides = []
for await (const file of glob(join(root, 'docs/*.md'))) {
  const source = await readFile(file, 'utf8')
  const name = basename(file, '.md')
  guides.push({ name, title: titleOf(source) })
  await writeFile(join(to, 'docs/guides', `${name}.html`), await toHtml(source))
}
guides.sort((a, b) => a.title.localeCompare(b.title, 'en'))
await writeFile(join(to, 'docs/guides/index.json'), JSON.stringify(guides))
await rm(join(to, 'docs/start.js'), { force: true })

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
