import { expect, it } from 'vitest'
import { titleWithoutSecrets } from './process-title.ts'

it('withholds passwords and keys from those who list processes', () => {
  expect(
    titleWithoutSecrets(['node', 'berthd.js', '--database', 'postgres://berth:hunter2@db/berth', '--port', '5000']),
  ).toBe('node berthd.js --database postgres://***@db/berth --port 5000')
  expect(titleWithoutSecrets(['node', 'berthd.js', '--secret-key', 'abc', '--secret-key=abc'])).toBe(
    'node berthd.js --secret-key *** --secret-key=***',
  )
})

it('leaves a command line without any as it is', () => {
  expect(titleWithoutSecrets(['node', 'berthd.js', '--database', 'sqlite'])).toBeUndefined()
})
