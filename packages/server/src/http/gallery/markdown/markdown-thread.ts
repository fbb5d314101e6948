import { parentPort } from 'node:worker_threads'
import { markdownToHtml } from './markdown-to-html.ts'

/** A text to be made into markup. */
export interface MarkdownTask {
  readonly text: string
  readonly prefix: string
}

/** Undefined where the text is more than can be made of it. */
export type MarkdownNews = string | undefined

parentPort?.on('message', ({ text, prefix }: MarkdownTask) => parentPort?.postMessage(attempt(text, prefix)))

function attempt(text: string, prefix: string): MarkdownNews {
  try {
    return markdownToHtml(text, prefix)
  } catch {
    return undefined
  }
}
