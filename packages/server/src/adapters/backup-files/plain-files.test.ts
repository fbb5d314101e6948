import { expect, it } from 'vitest'
import { BackupRefused } from '../../ports/backup-folder.ts'
import { refuseSystem } from './plain-files.ts'

const refused = (code: string) => () =>
  refuseSystem(Object.assign(new Error(`${code}: no, write`), { code, syscall: 'write' }), '/backup/x')

it.each([
  ['ENOSPC', 'The disk of /backup/x is full.'],
  ['EROFS', 'The file system of /backup/x is read-only.'],
  ['EIO', '/backup/x cannot be read or written: its disk fails.'],
  ['ENOENT', '/backup/x is not there.'],
])('says of %s what it is, and that the same command goes on', (code, words) => {
  expect(refused(code)).toThrow(BackupRefused)
  expect(refused(code)).toThrow(`${words} Mend that and run the same command again, which goes on from what is there.`)
})

it('leaves what is no error of the system as it is', () => {
  const fault = new Error('a fault of ours')
  expect(() => refuseSystem(fault, '/backup/x')).toThrow(fault)
})
