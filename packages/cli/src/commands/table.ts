/** The commands for what only berth's servers can do. Each but `audit` has commands below it: see `own/commands.ts`. */
export const OWN_COMMANDS = ['images', 'settings', 'lifecycle', 'audit'] as const

export type OwnCommandName = (typeof OWN_COMMANDS)[number]

export const isOwnCommand = (name: string): name is OwnCommandName => OWN_COMMANDS.some(each => each === name)
