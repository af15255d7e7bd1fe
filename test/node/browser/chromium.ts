/** Debian's Chromium, headless, with a fresh profile and nothing to reach but this machine. */
import { spawnSync } from 'node:child_process'
import { chromium } from 'playwright-core'

const MISSING = 'Chromium is not installed: apt-get update && apt-get install -y chromium'

/** Where Chromium is. A machine that has none may do without, and is told so; in CI that throws. */
export function findChromium(): string | undefined {
  const path = spawnSync('which', ['chromium'], { encoding: 'utf8' }).stdout?.trim()
  if (path) return path
  if (process.env.CI) throw new Error(MISSING)
  // Not by the console, which is silent where nothing fails.
  process.stderr.write(`The tests in a browser are skipped. ${MISSING}\n`)
  return undefined
}

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
]

/** How long anything in a page may take on a slow machine, in milliseconds. */
export const PATIENCE = 90_000

export const launch = (executablePath: string) =>
  chromium.launch({
    executablePath,
    args: QUIET,
    timeout: 60_000,
  })
