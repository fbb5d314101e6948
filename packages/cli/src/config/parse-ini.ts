/** One section's options by lower-case name. The lines indented below an option may hold options of their own. */
export type Section = ReadonlyMap<string, string>

/** A file that is not in the INI format. */
class IniError extends Error {}

const HEADER = /^\[(.+)\]/

/**
 * Reads the INI dialect of the AWS files as Python's `configparser` does. `#` and `;` begin comment lines, deeper
 * lines continue the value above, and case means nothing in names of options.
 * @throws IniError for a line that is none of these, and for sections or options that stand twice
 */
export function parseIni(text: string): Map<string, Section> {
  const sections = new Map<string, Section>()
  let section: Map<string, string> | undefined
  let option: { name: string; indent: number } | undefined

  if (text.startsWith('\ufeff')) throw new IniError('it begins with a byte order mark')
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim()
    if (/^[#;]/.test(line)) continue
    const indent = raw.length - raw.trimStart().length
    if (line === '') {
      continue
    }
    if (section && option && indent > option.indent) {
      section.set(option.name, `${section.get(option.name) ?? ''}\n${line}`)
      continue
    }
    const header = HEADER.exec(line)?.[1]
    if (header !== undefined) {
      if (sections.has(header)) throw new IniError(`section ${header} stands there twice`)
      section = new Map()
      sections.set(header, section)
      option = undefined
      continue
    }
    const mark = line.search(/[=:]/)
    const name = line.slice(0, Math.max(0, mark)).trim().toLowerCase()
    if (!section || !name) throw new IniError(`neither a section nor an option: ${line}`)
    if (section.has(name)) throw new IniError(`option ${name} stands there twice`)
    section.set(name, line.slice(mark + 1).trim())
    option = { name, indent }
  }
  return sections
}
