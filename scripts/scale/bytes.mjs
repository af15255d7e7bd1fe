// Measures the size of a post in the database with its indexes: `node scripts/scale/bytes.mjs [posts=50000]`.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { searchText } from '../../src/content/search.ts'
import { posts as table } from '../../src/store/schema.ts'
import { openDatabase } from '../data/databases.mjs'
import { wrangler } from '../deploy/wrangler.mjs'

const posts = Number(process.argv[2] ?? 50_000)
const [CHARACTERS, BATCH] = [1_000, 500]

/** A vocabulary in which a few words are frequent, as in a natural language. */
const words = Array.from({ length: 5_000 }, (_, n) => ((n * 2_654_435_761) % 1e8).toString(36))
let seed = 1
const random = (below) => (seed = (seed * 48_271) % 2_147_483_647) % below
const word = () => words[Math.floor((random(words.length) * random(words.length)) / words.length)]

function text(characters) {
  let result = word()
  while (result.length < characters) result += ` ${word()}`
  return result
}

const INSERT = `insert into posts (author_id, title, visibility, published_at, created_at, updated_at, version, body, search_text)
  select 1, value ->> 0, 'public', 1, 1, 1, 1, value ->> 1, value ->> 2 from json_each(?)`

const directory = await mkdtemp(join(tmpdir(), 'postern-bytes-'))
try {
  await wrangler(['d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', directory])
  const database = await openDatabase({ 'persist-to': directory })
  await database.batch([
    [
      `insert into users (id, username, username_normalized, email, email_normalized, password_hash, created_at, updated_at)
       values (1, 'hong', 'hong', 'hong@example.com', 'hong@example.com', '', 1, 1)`,
    ],
  ])
  for (let written = 0; written < posts; written += BATCH) {
    const rows = Array.from({ length: BATCH }, () => {
      const [title, body] = [text(30), text(CHARACTERS)]
      return [title, body, searchText(table, { title, body })]
    })
    await database.batch([[INSERT, JSON.stringify(rows)]])
  }
  await database.close()
  const files = await readdir(join(directory, 'v3/d1'), { recursive: true })
  const sizes = await Promise.all(
    files.filter((file) => file.endsWith('.sqlite')).map((file) => stat(join(directory, 'v3/d1', file))),
  )
  const bytes = Math.max(...sizes.map(({ size }) => size))
  console.log(`${posts} posts of ${CHARACTERS} characters: ${bytes} bytes, ${Math.round(bytes / posts)} a post.`)
} finally {
  await rm(directory, { recursive: true, force: true })
}
