import { Worker } from 'node:worker_threads'
import { type MarkdownNews, type MarkdownTask, READY } from './markdown-task.ts'
import type { MakeMarkup } from './render-markdown.ts'

/** Milliseconds after which a text is shown as it was written: some of a few kilobytes would take a minute. */
const PATIENCE_MS = 2_000
/** Milliseconds for a thread to begin, which is not the text's fault. */
const START_MS = 10_000
/** The heap of a thread in MiB. A thread that needs more ends, and not the server. */
const HEAP_MB = 96
/** Milliseconds after which a thread that nobody asks gives its memory back. */
const IDLE_MS = 60_000

/** Makes markup in a thread, one text at a time, so that no stranger's text holds up requests. */
export function markdownOnThread(): MakeMarkup {
  let thread: Worker | undefined
  let ending: NodeJS.Timeout | undefined

  const end = (): void => {
    clearTimeout(ending)
    void thread?.terminate()
    thread = undefined
  }
  return async (text, prefix) => {
    clearTimeout(ending)
    const isNew = thread === undefined
    thread ??= start()
    const made = await ask(thread, { text, prefix }, isNew)
    if (made === 'failed') {
      end()
      return undefined
    }
    ending = setTimeout(end, IDLE_MS)
    ending.unref()
    return made.markup
  }
}

function start(): Worker {
  const thread = new Worker(new URL('./markdown-thread.js', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  })
  thread.unref()
  // Whoever asks hears of the error; one that nobody hears of would end the server.
  thread.on('error', () => {})
  return thread
}

/** The thread says once that it has begun, and then what it has made of each text. */
function ask(thread: Worker, task: MarkdownTask, isNew: boolean): Promise<MarkdownNews | 'failed'> {
  return new Promise(resolve => {
    const settle = (outcome: MarkdownNews | 'failed') => {
      clearTimeout(timer)
      thread.off('message', hear)
      thread.off('error', fail)
      thread.off('exit', fail)
      resolve(outcome)
    }
    const fail = () => settle('failed')
    let timer = setTimeout(fail, isNew ? START_MS : PATIENCE_MS)
    const hear = (news: MarkdownNews | typeof READY) => {
      if (news !== READY) return settle(news)
      clearTimeout(timer)
      timer = setTimeout(fail, PATIENCE_MS)
    }
    thread.on('message', hear)
    thread.on('error', fail)
    thread.on('exit', fail)
    thread.postMessage(task)
  })
}
