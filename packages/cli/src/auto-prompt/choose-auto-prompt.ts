import { HELP } from '../commands/run-command.ts'
import type { Profiles } from '../config/profiles.ts'
import { createSettings } from '../config/settings.ts'
import { type Environment, setting } from '../environment.ts'
import { CommandError } from '../errors.ts'

/** When to ask interactively: always, when the command line cannot be understood, or never. */
type AutoPromptMode = 'on' | 'on-partial' | 'off'

/**
 * When to prompt, by the flags, else the environment, else the profile.
 * @throws CommandError `usage` where both flags stand
 */
export function chooseAutoPrompt(
  argv: readonly string[],
  environment: Environment,
  profiles: Profiles,
): AutoPromptMode {
  const on = argv.includes('--cli-auto-prompt')
  const off = argv.includes('--no-cli-auto-prompt')
  if (on && off) {
    throw new CommandError(
      'usage',
      'Both --cli-auto-prompt and --no-cli-auto-prompt cannot be specified at the same time.',
    )
  }
  if (off || argv.includes('--version') || argv.at(-1) === HELP) return 'off'
  if (on) return 'on'
  const configured =
    setting(environment, 'AWS_CLI_AUTO_PROMPT') ??
    createSettings(profiles, environment, profileOf(argv)).lookUp({ option: 'cli_auto_prompt' })
  const mode = configured?.toLowerCase()
  return mode === 'on' || mode === 'on-partial' ? mode : 'off'
}

function profileOf(argv: readonly string[]): string | undefined {
  const at = argv.indexOf('--profile')
  return at < 0 ? undefined : argv[at + 1]
}
