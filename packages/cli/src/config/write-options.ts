import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isAbsent, textIfThere } from './text-if-there.ts'

/** The options of one section, each by its name. */
export type Options = Readonly<Record<string, string>>

/** Where options are written, and how. */
export interface Place {
  readonly path: string
  readonly title: string
  /** Says in the file who made the section. */
  readonly mark: string
  /** Whether an option is a secret: then nobody but its owner may read the file, whatever it was before. */
  readonly isSecret: boolean
}

/**
 * Sets options of one section of an INI file, and leaves all else as it is, its owner included. The file is written
 * whole or not at all; one that was not there is for its owner alone. A symbolic link stays a link, and what it leads
 * to changes.
 * @throws the system's own error
 */
export function writeOptions({ path, title, mark, isSecret }: Place, options: Options): void {
  const file = followLinks(path)
  const before = textIfThere(file) ?? ''
  makeFolder(dirname(file))
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(draft, setOptions(before, title, mark, options), { mode: 0o600, flag: 'wx' })
    const old = statSync(file, { throwIfNoEntry: false })
    if (old !== undefined) makeLike(draft, old, isSecret)
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    // On a read-only file system Node says of a path that nothing is there. Asked for the last folder alone, it says
    // why.
    if (existsSync(dirname(folder))) mkdirSync(folder, { mode: 0o700 })
    throw error
  }
}

/** Gives a file the owner of another, and where it holds no secret its mode. */
function makeLike(file: string, old: Stats, isSecret: boolean): void {
  const { uid, gid } = statSync(file)
  if (uid !== old.uid || gid !== old.gid) chownSync(file, old.uid, old.gid)
  if (!isSecret) chmodSync(file, old.mode & 0o777)
}

/** The text before the first section, and each section with its own line. */
const sectionsOf = (text: string): string[] => text.split(/^(?=\[)/m)

const isTitled = (title: string) => (section: string) => section.startsWith(`[${title}]`)

/** The text of one section with its own line; undefined where there is no such section. */
export function sectionText(text: string, title: string): string | undefined {
  return sectionsOf(text).find(isTitled(title))
}

/**
 * The text with the options set in the section. A section that is not there is added at the end. Where all lines end as
 * Windows ends them, so do new ones.
 */
export function setOptions(text: string, title: string, mark: string, options: Options): string {
  if (/\r\n/.test(text) && !/(?<!\r)\n/.test(text))
    return setOptions(text.replaceAll('\r\n', '\n'), title, mark, options).replaceAll('\n', '\r\n')
  const lines = Object.entries(options).map(([name, value]) => `${name} = ${value}\n`)
  const parts = sectionsOf(text)
  const at = parts.findIndex(isTitled(title))
  const old = parts[at]
  if (old === undefined) {
    const gap = text === '' || text.endsWith('\n\n') ? '' : text.endsWith('\n') ? '\n' : '\n\n'
    return `${text}${gap}[${title}]\n${mark}\n${lines.join('')}`
  }
  const [heading = '', ...rest] = old.split(/(?<=\n)/)
  const isBlank = (line: string) => /^\s*$/.test(line)
  const kept = withoutOptions(rest, new Set(Object.keys(options))).filter(
    line => line.trim() !== mark && !isBlank(line),
  )
  const gap = rest.filter(isBlank).join('')
  parts[at] = [lineOf(heading), `${mark}\n`, ...lines, ...kept.map(lineOf), gap].join('')
  return parts.join('')
}

const lineOf = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`)

/** The lines without those of the named options, and without the deeper ones that continue them. */
function withoutOptions(lines: readonly string[], names: ReadonlySet<string>): string[] {
  let dropping = false
  return lines.filter(line => {
    const name = /^([^\s#;=:][^=:]*?)\s*[=:]/.exec(line)?.[1]
    if (name !== undefined) dropping = names.has(name.toLowerCase())
    else if (!/^\s+\S/.test(line)) dropping = false
    return !dropping
  })
}

/**
 * Follows symbolic links to their end, also where nothing is there yet.
 * @throws the system's own error, as for links in a circle
 */
function followLinks(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
  const link = lstatSync(path, { throwIfNoEntry: false })
  return link?.isSymbolicLink() ? followLinks(resolve(dirname(path), readlinkSync(path))) : path
}
