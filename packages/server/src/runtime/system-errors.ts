import { readFileSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'

/** An error of the operating system (errno(3)), as Node tells it. */
interface SystemError extends Error {
  readonly code: string
  readonly syscall: string
  readonly path?: string
}

const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'

type Words = (path: string) => string
const noPermission: Words = path => {
  const owner = ownerOf(path)
  return (
    `The user "${userName()}" has no permission to use ${path}${owner === undefined ? '' : `, which belongs to "${owner}"`}. ` +
    'Run berthd as its owner, or give this user the permission.'
  )
}
const full: Words = path => `The disk of ${path} is full.`
const manyFiles: Words = () => 'Too many files are open. Raise the limit (ulimit -n, or LimitNOFILE= in systemd).'

const WORDS: Readonly<Record<string, Words>> = {
  EACCES: noPermission,
  EPERM: noPermission,
  ENOENT: path => `${path} is not there.`,
  ENOTDIR: path => `${nearestThere(path) ?? path} is a file, and no folder.`,
  EEXIST: path => `${path} is there already.`,
  EISDIR: path => `${path} is a folder, and no file.`,
  EROFS: path => `The file system of ${path} is read-only.`,
  EIO: path => `${path} cannot be read or written: its disk fails.`,
  ENOSPC: full,
  EDQUOT: full,
  EMFILE: manyFiles,
  ENFILE: manyFiles,
}

/**
 * What the operating system refused, in a sentence for an operator; undefined for any other error. `file` names what
 * was asked for where the error does not, as errors of reads do not.
 */
export function wordsOfSystem(error: unknown, file?: string): string | undefined {
  if (!isSystemError(error)) return undefined
  const path = error.path ?? file
  const words = Object.hasOwn(WORDS, error.code) ? WORDS[error.code] : undefined
  if (path === undefined && error.syscall === 'write') return `The output cannot be written: ${reasonOf(error)}.`
  if (path === undefined) return `The system refused it: ${error.message.replace(/\.$/, '')}.`
  if (words === undefined) return `${path} cannot be used: ${reasonOf(error)}.`
  return error.syscall === 'mkdir' && error.code === 'ENOENT' ? `${path} cannot be made there.` : words(path)
}

/** `ELOOP: too many symbolic links encountered, open '/x'` without what it begins and ends with. */
const reasonOf = ({ message }: SystemError): string =>
  message
    .replace(/^[A-Z0-9]+: /, '')
    .replace(/, \w+(?: '.*')?$/, '')
    .replace(/\.$/, '')

/** Reads a text file. @throws SystemError that has the file's path */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isSystemError(error) && error.path === undefined) Object.assign(error, { path: file })
    throw error
  }
}

/** The name of the user of this process; its number where it has no name, as in some containers. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}

/** The owner of the path, or of the nearest folder above that can be looked at: that one refuses. */
function ownerOf(path: string): string | undefined {
  const there = nearestThere(path)
  if (there === undefined) return undefined
  const { uid } = statSync(there)
  return nameOf(uid) ?? String(uid)
}

function nearestThere(path: string): string | undefined {
  for (let each = path; ; each = dirname(each)) {
    try {
      statSync(each)
      return each
    } catch {
      if (dirname(each) === each) return undefined
    }
  }
}

/** passwd(5); a user of a directory service is not in it. */
function nameOf(uid: number): string | undefined {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
    return lines.map(line => line.split(':')).find(([, , id]) => id === String(uid))?.[0]
  } catch {
    return undefined
  }
}
