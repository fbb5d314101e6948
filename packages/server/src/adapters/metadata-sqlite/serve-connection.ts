import type { SqliteConnection } from './sqlite-connection.ts'
import type { Answer, Call } from './thread-connection.ts'

export interface Port {
  postMessage(answer: Answer): void
  on(event: 'message', listener: (call: Call | 'end') => void): unknown
}

/** Carries out what a `ThreadConnection` asks for, in the order in which it asks. */
export function serveConnection(port: Port, connection: SqliteConnection, onEnd: () => void): void {
  port.on('message', call => {
    if (call === 'end') onEnd()
    else port.postMessage(answerTo(connection, call))
  })
}

function answerTo(connection: SqliteConnection, call: Call): Answer {
  try {
    if (!('script' in call)) return { id: call.id, ...connection.run(call) }
    connection.exec(call.script)
    return { id: call.id, rows: [] }
  } catch (error) {
    const { message } = error as Error
    return { id: call.id, error: { message, errcode: (error as { errcode?: unknown }).errcode } }
  }
}
