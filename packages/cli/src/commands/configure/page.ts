import { globalSection, indented, page, paragraph } from '../help/layout.ts'

/** `berth configure help` */
export const configurePage = (): string =>
  page([
    ['NAME', [paragraph('configure -')]],
    [
      'DESCRIPTION',
      [
        paragraph(
          'Writes a profile that points at the registry on this machine, with the first access key of its data folder, once the registry has answered to that key. The profile is called berth; `export AWS_PROFILE=berth` uses it in a shell. Sections that somebody else wrote stay as they are. All other profiles are files to write, or `aws configure` writes them.',
        ),
      ],
    ],
    ['SYNOPSIS', [indented('configure --local'), indented('[--data-dir <value>]', 1), indented('[--as-default]', 1)]],
    [
      'OPTIONS',
      [
        indented('--local (boolean)'),
        `${indented('--data-dir (string)')}\n${paragraph('The data folder of the registry.', 2)}`,
        `${indented('--as-default (boolean)')}\n${paragraph('Write the default profile, which then leads all AWS tools to this registry.', 2)}`,
        paragraph(
          '--profile gives the profile another name, and --ca-bundle is kept in it. --endpoint-url says where the registry serves; else its data folder tells.',
        ),
      ],
    ],
    globalSection('GLOBAL OPTIONS'),
    [
      'EXAMPLES',
      [
        indented('berth configure --local'),
        indented('export AWS_PROFILE=berth'),
        indented('berth ecr-public describe-repositories'),
      ],
    ],
  ])
