const ASKING = ['--help', '-h']

/**
 * The words that help is asked about, as in `help key create`, `admin key create --help` and `admin help`. An empty
 * list stands for the program. Undefined where nobody asks for help.
 */
export function helpTopic(argv: readonly string[]): readonly string[] | undefined {
  const dash = argv.findIndex(word => word.startsWith('-'))
  const words = dash === -1 ? argv : argv.slice(0, dash)
  if (words[0] === 'help') return words.slice(1)
  if (words[0] === 'admin' && (argv.length === 1 || words[1] === 'help')) return ['admin', ...words.slice(2)]
  const asked = argv.findIndex(word => ASKING.includes(word))
  if (asked === -1) return undefined
  // Help is asked for first: --help admin key create.
  return words.length === 0 ? argv.slice(asked).filter(word => !word.startsWith('-')) : words
}
