/** A copy of the project like a clone, without generated files, installed packages and secrets. */
import { cp, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

const MADE = new Set(['.git', '.wrangler', '.dev.vars', 'dist', 'node_modules', 'coverage'])

/** Copies the project into a new or empty directory. `settings` become its `.dev.vars`. */
export async function copyProject(root: string, settings?: Record<string, string>) {
  const project = process.cwd()
  await cp(project, root, { recursive: true, filter: (source) => source === project || !MADE.has(basename(source)) })
  await symlink(join(project, 'node_modules'), join(root, 'node_modules'))
  if (!settings) return
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`)
  await writeFile(join(root, '.dev.vars'), lines.join(''))
}
