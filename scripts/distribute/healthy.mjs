// Ends with 0 where the server of this container is ready. It asks where the server says that it listens.

import { readFileSync } from 'node:fs'
import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'

const address = readFileSync(`${process.env.BERTH_DATA_DIR ?? '/data'}/address`, 'utf8').trim()
const get = address.startsWith('https:') ? getSecure : getPlain
// The server is on this very machine: its identity needs no proof.
get(`${address}/readyz`, { rejectUnauthorized: false, timeout: 4_000 }, ({ statusCode }) => {
  process.exit(statusCode === 200 ? 0 : 1)
})
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1))
