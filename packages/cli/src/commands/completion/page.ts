import { indented, page, paragraph } from '../help/layout.ts'

/** `berth completion help` */
export const completionPage = (): string =>
  page([
    ['NAME', [paragraph('completion -')]],
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
  ])
