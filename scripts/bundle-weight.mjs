// Prints the size of optional parts in the bundle, from the metadata of esbuild. Run `npm run build` first.
import { readFile } from 'node:fs/promises'

const PARTS = [
  ['/compat/board', /^src\/compat\/board/],
  ['/compat/recipes', /^src\/compat\/(recipe|jwt)/],
  ['both old APIs', /^src\/compat\/|^src\/content\/chronological/],
  ['legacy password hashes', /legacy-hash|bcryptjs|@noble\/hashes\/(argon2|scrypt|pbkdf2|_?blake)/],
  ['everything else', /./],
]

const { outputs } = JSON.parse(await readFile('dist/worker/meta.json', 'utf8'))
const bundle = Object.entries(outputs).find(([path]) => path.endsWith('.js'))?.[1]
if (!bundle) throw new Error('dist/worker/meta.json names no bundle.')

const bytes = new Map(PARTS.map(([name]) => [name, 0]))
for (const [path, { bytesInOutput }] of Object.entries(bundle.inputs)) {
  const [name] = PARTS.find(([, pattern]) => pattern.test(path.replace(/^(\.\.\/)+/, '')))
  bytes.set(name, bytes.get(name) + bytesInOutput)
}
console.log(`The Worker has ${kilobytes(bundle.bytes)} before compression:`)
for (const [name, size] of bytes) console.log(`  ${name.padEnd(24)} ${kilobytes(size).padStart(9)}`)

function kilobytes(size) {
  return `${(size / 1000).toFixed(1)} kB`
}
