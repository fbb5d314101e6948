import { globalSection, indented, page, paragraph } from '../help/layout.ts'

/** `berth configure help` */
export const configurePage = (): string =>
  page([
    ['NAME', [paragraph('configure -')]],
    [
      'DESCRIPTION',
      [
        paragraph(
          'Writes a profile that points at the registry on this machine, with the first access key of its data folder. It becomes the default profile where there is none yet, and is called berth otherwise. All other profiles are files to write, or `aws configure` writes them.',
        ),
      ],
    ],
    ['SYNOPSIS', [indented('configure --local'), indented('[--data-dir <value>]', 1)]],
    [
      'OPTIONS',
      [
        indented('--local (boolean)'),
        `${indented('--data-dir (string)')}\n${paragraph('The data folder of the registry.', 2)}`,
        paragraph('--profile names the profile, --endpoint-url says where the registry serves.'),
      ],
    ],
    globalSection('GLOBAL OPTIONS'),
    ['EXAMPLES', [indented('berth configure --local'), indented('berth ecr-public describe-repositories')]],
  ])
