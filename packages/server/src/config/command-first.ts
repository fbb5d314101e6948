import { flagOf, settingPaths } from './settings.ts'

/** The commands of the program. A test holds them to its table. */
export const COMMANDS: readonly string[] = ['serve', 'init', 'admin', 'backup', 'restore', 'version', 'help']
const FLAGS: ReadonlySet<string> = new Set(['--config', ...settingPaths.map(path => `--${flagOf(path)}`)])

/**
 * Puts settings that stand before a command behind the command's words, where all programs of berth look for them:
 * `--data-dir X admin key list` becomes `admin key list --data-dir X`. Anything else stays as it is.
 */
export function commandFirst(argv: readonly string[]): readonly string[] {
  let at = 0
  while (FLAGS.has(argv[at]?.split('=', 1)[0] ?? '')) at += argv[at]?.includes('=') ? 1 : 2
  if (at === 0 || !COMMANDS.includes(argv[at] ?? '')) return argv
  const behind = argv.slice(at)
  const dash = behind.findIndex(word => word.startsWith('-'))
  const words = dash === -1 ? behind : behind.slice(0, dash)
  return [...words, ...argv.slice(0, at), ...behind.slice(words.length)]
}
