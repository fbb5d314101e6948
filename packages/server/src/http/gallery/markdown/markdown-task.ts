/** A text to be made into markup. */
export interface MarkdownTask {
  readonly text: string
  readonly prefix: string
}

/** What came of it; undefined where the text is more than can be made into markup. */
export interface MarkdownNews {
  readonly markup: string | undefined
}

/** The thread has begun. */
export const READY = 'ready'
