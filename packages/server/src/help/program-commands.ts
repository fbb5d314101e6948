import { backupCommand } from '../admin/backup.ts'
import type { AdminOption } from '../admin/command.ts'
import type { FolderCommand } from '../admin/folder-call.ts'
import { restoreCommand } from '../admin/restore.ts'
import { synopsis } from '../admin/run-admin.ts'

/** A command of `berthd`, as help tells of it. */
export interface ProgramCommand {
  /** What may be typed behind its name. */
  readonly usage: string
  /** What the command does, in one sentence. */
  readonly about: string
  /** Command lines to paste, each whole. */
  readonly examples: readonly string[]
  /** The settings that the command takes: those of the server, or those that say where the registry is. */
  readonly takesSettings?: 'all' | 'place'
  /** The command's own options. */
  readonly options?: Readonly<Record<string, AdminOption>>
}

const onFolder = (command: FolderCommand): ProgramCommand => ({
  ...command,
  usage: `DIR ${synopsis(command)} [--SETTING VALUE ...]`,
  takesSettings: 'place',
})

/** The commands of `berthd`, by name. */
export const programCommands: Readonly<Record<string, ProgramCommand>> = {
  serve: {
    usage: '[--SETTING VALUE ...]',
    about: 'Serve until SIGINT or SIGTERM; what berthd does without a command.',
    examples: ['berthd serve --port 5150 --data-dir /var/lib/berth'],
    takesSettings: 'all',
  },
  init: {
    usage: '[--SETTING VALUE ...]',
    about: 'Make a registry where there is none, and print its first key, which is kept nowhere else.',
    examples: ['berthd init --data-dir /var/lib/berth'],
    takesSettings: 'all',
  },
  backup: onFolder(backupCommand),
  restore: onFolder(restoreCommand),
  admin: {
    usage: 'COMMAND [--OPTION ...]',
    about: 'Work with accounts, users, keys, policies, the collector and more, whether the server runs or not.',
    examples: ['berthd admin account list'],
  },
  help: {
    usage: '[COMMAND]',
    about: 'Show what a command does and what it needs.',
    examples: ['berthd help admin key create'],
  },
  version: { usage: '', about: 'Print the version.', examples: ['berthd version'] },
}
