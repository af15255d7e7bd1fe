// The report of a run.
import { describe } from './text.mjs'

/** The share of a source's mutants that must be killed. */
const ENOUGH = 0.9

/** Prints the survivors, the equivalent mutants and the share of each source. Returns whether enough were killed. */
export function report(files, mutants, equivalent) {
  const survivors = mutants.filter(({ killer }) => !killer)
  console.log(`\n${survivors.length} survived:`)
  for (const mutant of survivors) console.log(describe(mutant))
  console.log(`\n${equivalent.length} not run, because they are equivalent to the source:`)
  for (const mutant of equivalent) console.log(`${describe(mutant)}, because ${mutant.why}`)
  console.log()
  return files.map((file) => reportFile(file, mutants)).every(Boolean)
}

function reportFile(file, mutants) {
  const own = mutants.filter((mutant) => mutant.file === file)
  if (own.length === 0) return true
  const killed = own.filter(({ killer }) => killer).length
  console.log(`${file}: ${killed} of ${own.length} killed, ${((100 * killed) / own.length).toFixed(1)} %`)
  return killed / own.length >= ENOUGH
}
