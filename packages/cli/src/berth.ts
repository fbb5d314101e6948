import { homedir } from 'node:os'
import { main } from './main.ts'

process.on('SIGINT', () => {
  process.stdout.write('\n')
  process.exit(130)
})
// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on('error', () => process.exit(0))

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  home: process.env['HOME'] ?? homedir(),
  stdin: () => process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
})
