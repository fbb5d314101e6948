import { service } from '@berth/model'
import type { Command } from '../command.ts'
import { globalSection, indented, type Page, paragraph } from '../help/layout.ts'
import { HELP } from '../run-command.ts'
import { LOGIN_PASSWORD } from './login-password.ts'

/** `berth ecr-public help` */
export const servicePage = (commands: readonly Command[]): Page => [
  ['NAME', [paragraph(`${service.cliName} -`)]],
  [
    'DESCRIPTION',
    [
      paragraph(
        'A public registry holds repositories, and repositories hold images under tags. Anyone may pull; these commands manage what is there and who may push.',
      ),
    ],
  ],
  ['AVAILABLE COMMANDS', [...commands.map(({ name }) => name), HELP].map(name => indented(`o ${name}`))],
]

/** `berth ecr-public get-login-password help` */
export const loginPasswordPage = (): Page => [
  ['NAME', [paragraph(`${LOGIN_PASSWORD} -`)]],
  [
    'DESCRIPTION',
    [
      paragraph(
        'Prints a password for image clients such as docker, which is valid for 12 hours. The user name is AWS.',
      ),
    ],
  ],
  ['SYNOPSIS', [indented(LOGIN_PASSWORD)]],
  globalSection('GLOBAL OPTIONS'),
  [
    'EXAMPLES',
    [
      indented(
        `berth ${service.cliName} ${LOGIN_PASSWORD} | docker login --username AWS --password-stdin public.ecr.aws`,
      ),
    ],
  ],
  ['OUTPUT', [paragraph('The password and a line end.')]],
]
