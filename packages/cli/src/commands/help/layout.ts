import { globalOptions } from '../../argv/global-options.ts'

/** A piece of a page. `level` is how far in it stands, counted from the texts below headings. */
export interface Block {
  /**
   * `text` and `entry` are filled, and an entry's later lines hang. `literal` stays as it is. `term` is what the
   * pieces below it explain.
   */
  readonly kind: 'text' | 'entry' | 'literal' | 'term'
  readonly text: string
  readonly level: number
}

/** Pieces that stand under each other without a blank line. */
export type Paragraph = Block | readonly Block[]

/** A heading and its paragraphs. */
export type Section = readonly [heading: string, paragraphs: readonly Paragraph[]]

/** A page of help. A terminal gets it as text, the manual in its own form. */
export type Page = readonly Section[]

/** The heading of the options that every command has. */
export const GLOBAL_OPTIONS = 'GLOBAL OPTIONS'

export const indented = (text: string, level = 0): Block => ({ kind: 'literal', text, level })
export const paragraph = (text: string, level = 0): Block => ({ kind: 'text', text, level })
export const entry = (text: string, level = 0): Block => ({ kind: 'entry', text, level })
export const term = (text: string): Block => ({ kind: 'term', text, level: 0 })

/** An option of a command of berth's own, as its table has it. */
export interface DescribedOption {
  readonly name: string
  /** How a value is written; absent for a switch. */
  readonly form?: string
  readonly repeats?: boolean
  readonly required?: boolean
  readonly documentation: string
}

/** The option with what help says of it: `--data-dir (folder)`. */
export const describeOption = ({ name, form, repeats, documentation }: DescribedOption): Paragraph => [
  term(`${name} (${form === undefined ? 'boolean' : repeats ? `${form}, repeatable` : form})`),
  paragraph(documentation, 2),
]

/** How the option is typed, in brackets unless it must be given: `[--data-dir <folder>]`. */
export function optionSynopsis({ name, form, repeats, required }: DescribedOption): string {
  const typed = form === undefined ? name : `${name} <${form}>${repeats ? ' ...' : ''}`
  return required ? typed : `[${typed}]`
}

/** The first sentence of a text, with its full stop. */
export const firstSentence = (text: string): string => /^.*?[.:](?= |$)/.exec(text)?.[0].replace(/:$/, '.') ?? text

/** The section of the options that every command has. */
export function globalSection(title: string): Section {
  return [
    title,
    globalOptions.map(({ name, arity, choices, documentation }) => [
      term(`${name} (${arity === 'none' ? 'boolean' : 'string'})`),
      paragraph(documentation, 2),
      ...(choices ? [indented(`Values: ${choices.join(', ')}`, 1)] : []),
    ]),
  ]
}
