import { type Operation, operations } from '@berth/model'

/** The operations in the order of the service's model, which is that of their names. */
export const operationList: readonly Operation[] = Object.values<Operation>(operations).sort((a, b) =>
  a.name < b.name ? -1 : 1,
)

export const operationNamed = (cliName: string): Operation | undefined =>
  operationList.find(operation => operation.cliName === cliName)

/** The one command of the service that is no operation. */
export const LOGIN_PASSWORD = 'get-login-password'

/** What may follow `ecr-public`. */
export const commandNames: readonly string[] = [
  ...operationList.map(operation => operation.cliName),
  LOGIN_PASSWORD,
  'help',
]
