/** A copy of the project, as it would be cloned, to start a service in: without what is made, installed or secret. */
import { cp, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

const MADE = new Set(['.git', '.wrangler', '.dev.vars', 'dist', 'node_modules', 'coverage'])

/** Copies the project into a new or an empty directory; with settings, they are its `.dev.vars`. */
export async function copyProject(root: string, settings?: Record<string, string>) {
  const project = process.cwd()
  await cp(project, root, { recursive: true, filter: (source) => source === project || !MADE.has(basename(source)) })
  await symlink(join(project, 'node_modules'), join(root, 'node_modules'))
  if (!settings) return
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`)
  await writeFile(join(root, '.dev.vars'), lines.join(''))
}
