import { parseArguments } from '../../argv/parse-arguments.ts'
import type { Context } from '../command.ts'
import { runOperation } from '../operation/run-operation.ts'
import { loginPassword } from './login-password.ts'
import { commandNames, LOGIN_PASSWORD, operationNamed } from './operations.ts'

/** `berth ecr-public …`: finds the operation, which must be the first word, and runs it. */
export async function runService(argv: readonly string[], context: Context): Promise<number> {
  const { values, rest } = parseArguments(
    [{ name: 'operation', key: 'operation', arity: 'one', choices: commandNames }],
    argv,
  )
  const name = String(values.get('operation'))
  const operation = operationNamed(name)
  // `help` is a command only when nothing else stands behind the operation.
  if (name === 'help' || (rest.length === 1 && rest[0] === 'help')) {
    const { showHelp } = await import('../help/show-page.ts')
    return showHelp(['ecr-public', name], context.environment)
  }
  if (name === LOGIN_PASSWORD) return loginPassword(rest, context)
  if (!operation) throw new TypeError(`no operation ${name}`)
  return runOperation(operation, rest, context)
}
