// Writes src/accounts/common-passwords.txt: the most common passwords of 8 characters or more, normalized and sorted.
// Source: the frequency list of @zxcvbn-ts/language-common (MIT). Run it again when that package is updated.
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

const HOW_MANY = 5_000
const source = createRequire(import.meta.url).resolve('@zxcvbn-ts/language-common/package.json')
const byFrequency = JSON.parse(await readFile(new URL('src/passwords.json', `file://${source}`), 'utf8'))

const candidates = byFrequency.map((password) => password.toLowerCase()).filter((password) => [...password].length >= 8)
const most = [...new Set(candidates)].slice(0, HOW_MANY)
if (most.length < HOW_MANY) throw new Error(`only ${most.length} passwords of 8 characters or more`)

await writeFile(new URL('../src/accounts/common-passwords.txt', import.meta.url), `${most.toSorted().join('\n')}\n`)
console.log(`src/accounts/common-passwords.txt: ${most.length} passwords`)
