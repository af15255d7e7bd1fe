/** Which of the old APIs are mounted. */
import { board } from './board.ts'
import { recipes } from './recipes.ts'
import type { Wire } from './wire.ts'

const WIRES: readonly Wire[] = [board, recipes]

/** Those that a comma-separated list names. Throws for a name that is none: what is misspelt would be missing unnoticed. */
export function selectWires(list: string): readonly Wire[] {
  const names = list.split(',').flatMap((name) => name.trim() || [])
  return names.map((name) => {
    const wire = WIRES.find((one) => one.name === name)
    if (!wire) throw new Error('COMPAT is not a list of: board, recipes')
    return wire
  })
}
