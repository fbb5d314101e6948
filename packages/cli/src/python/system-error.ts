import { textRepr } from './text.ts'

const REASONS = new Map([
  ['EPERM', [1, 'Operation not permitted']],
  ['ENOENT', [2, 'No such file or directory']],
  ['EACCES', [13, 'Permission denied']],
  ['EEXIST', [17, 'File exists']],
  ['ENOTDIR', [20, 'Not a directory']],
  ['EISDIR', [21, 'Is a directory']],
  ['ENOSPC', [28, 'No space left on device']],
  ['EROFS', [30, 'Read-only file system']],
  ['ENAMETOOLONG', [36, 'File name too long']],
  ['ELOOP', [40, 'Too many levels of symbolic links']],
  ['EDQUOT', [122, 'Disk quota exceeded']],
])

/** The text of a failed system call, as Python writes it: `[Errno 2] No such file or directory: 'x'`. */
export function systemError(error: unknown, path: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = REASONS.get(code)
  return reason
    ? `[Errno ${reason.join('] ')}: ${textRepr(path)}`
    : error instanceof Error
      ? error.message
      : String(error)
}
