import { parentPort } from 'node:worker_threads'
import { type MarkdownNews, type MarkdownTask, READY } from './markdown-task.ts'
import { markdownToHtml } from './markdown-to-html.ts'

parentPort?.postMessage(READY)
parentPort?.on('message', (task: MarkdownTask) => parentPort?.postMessage(attempt(task)))

function attempt({ text, prefix }: MarkdownTask): MarkdownNews {
  try {
    return { markup: markdownToHtml(text, prefix) }
  } catch {
    return { markup: undefined }
  }
}
