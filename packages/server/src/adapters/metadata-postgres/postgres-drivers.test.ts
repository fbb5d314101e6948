import type { Pool, PoolClient } from 'pg'
import { expect, it } from 'vitest'
import { PostgresConnection } from './postgres-connection.ts'
import { WriteDriver } from './postgres-drivers.ts'

it('asks nothing more of a server that did not answer, and lets the connection go', async () => {
  const sent: string[] = []
  const released: unknown[] = []
  const client = {
    query(text: string) {
      sent.push(text)
      return Promise.reject(new Error('Query read timeout'))
    },
    release: (broken: boolean) => released.push(broken),
  }
  const connection = new PostgresConnection(client as unknown as PoolClient)
  const driver = new WriteDriver({} as Pool, '', 'begin')
  await expect(connection.run('update')).rejects.toThrow()
  await driver.rollbackTransaction(connection)
  await driver.releaseConnection(connection)
  expect([sent, released]).toEqual([['update'], [true]])
})
