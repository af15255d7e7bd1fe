/** Headless Chromium of Debian with a new profile. It can reach only this machine. */
import { spawnSync } from 'node:child_process'
import { chromium } from 'playwright-core'

const MISSING = 'Chromium is not installed: apt-get update && apt-get install -y chromium'

/** The path of Chromium. Without Chromium the tests are skipped with a message; in CI this throws. */
export function findChromium(): string | undefined {
  const path = spawnSync('which', ['chromium'], { encoding: 'utf8' }).stdout?.trim()
  if (path) return path
  if (process.env.CI) throw new Error(MISSING)
  // Not with the console, whose output is hidden unless a test fails.
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

/** The time limit for an action in a page on a slow machine, in milliseconds. */
export const PATIENCE = 90_000

export const launch = (executablePath: string) =>
  chromium.launch({
    executablePath,
    args: QUIET,
    timeout: 60_000,
  })
