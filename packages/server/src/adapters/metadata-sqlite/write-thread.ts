import { parentPort, workerData } from 'node:worker_threads'
import { openDatabase } from './load-sqlite.ts'
import { serveConnection } from './serve-connection.ts'
import { SqliteConnection } from './sqlite-connection.ts'

/** The task of the thread: the database to write, and how its connection is set up. */
export interface WriteThreadTask {
  readonly file: string
  readonly setUp: string
}

const { file, setUp } = workerData as WriteThreadTask
const port = parentPort
if (port === null) throw new Error('this module is a thread')
// Calls that come before the database is open wait in the port.
const database = await openDatabase(file)
const connection = new SqliteConnection(database)
connection.exec(setUp)
serveConnection(port, connection, () => {
  database.close()
  port.close()
})
