import { indented, type Page, paragraph } from '../help/layout.ts'

/** `berth completion help` */
export const completionPage = (): Page => [
  ['NAME', [paragraph('completion - prints the completion script of bash, zsh or fish')]],
  ['DESCRIPTION', [paragraph('Prints what makes a shell complete commands, options and their values.')]],
  ['SYNOPSIS', [indented('completion bash | zsh | fish')]],
  [
    'EXAMPLES',
    [
      indented('eval "$(berth completion bash)"    # in ~/.bashrc'),
      indented('eval "$(berth completion zsh)"     # in ~/.zshrc'),
      indented('berth completion fish | source     # in ~/.config/fish/config.fish'),
    ],
  ],
]
