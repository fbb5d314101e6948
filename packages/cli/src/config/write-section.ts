import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Writes one section of an INI file, in place of what it was before; all else stays as it is. The file is for its
 * owner alone, and is there whole or not at all.
 */
export function writeSection(path: string, title: string, options: Readonly<Record<string, string>>): void {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const body = Object.entries(options).map(([name, value]) => `${name} = ${value}\n`)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, replaceSection(before, title, `[${title}]\n${body.join('')}`), { mode: 0o600 })
  renameSync(draft, path)
}

/** The text with the section replaced, or added at the end. */
export function replaceSection(text: string, title: string, section: string): string {
  const parts = text.split(/^(?=\[)/m)
  const isOld = (part: string) => part.startsWith(`[${title}]`)
  if (parts.some(isOld)) return parts.map(part => (isOld(part) ? section : part)).join('')
  const gap = text === '' || text.endsWith('\n\n') ? '' : text.endsWith('\n') ? '\n' : '\n\n'
  return text + gap + section
}
