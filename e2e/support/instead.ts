/** Files and folders that a program sees in the place of the machine's own, by those. */
export type Instead = Readonly<Record<string, string>>

/** Binds pairs of paths up to `--`, in a view of the file system that only the program which follows has. */
const WITH_BINDS =
  'while [ "$1" != -- ]; do [ -e "$1" ] || mkdir -p "$1"; mount --bind "$2" "$1" || exit; shift 2; done; shift; exec "$@"'

/** The arguments with which `unshare` runs a program so. It takes root. */
export const unshareWith = (instead: Instead, program: string, args: readonly string[]): string[] => [
  ...['--mount', 'sh', '-c', WITH_BINDS, 'sh', ...Object.entries(instead).flat(), '--'],
  ...[program, ...args],
]
