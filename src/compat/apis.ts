/** The old APIs, and the choice of those that are mounted. */
import type { CompatApi } from './api.ts'
import { board } from './board.ts'
import { recipes } from './recipes.ts'

const APIS: readonly CompatApi[] = [board, recipes]

/** The APIs in a comma-separated list. Throws for an unknown name, so that a misspelt name is noticed. */
export function selectCompatApis(list: string): readonly CompatApi[] {
  const names = list.split(',').flatMap((name) => name.trim() || [])
  return names.map((name) => {
    const api = APIS.find((one) => one.name === name)
    if (!api) throw new Error('COMPAT is not a list of: board, recipes')
    return api
  })
}
