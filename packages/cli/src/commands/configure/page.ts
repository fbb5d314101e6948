import {
  describeOption,
  GLOBAL_OPTIONS,
  globalSection,
  indented,
  optionSynopsis,
  type Page,
  paragraph,
} from '../help/layout.ts'
import { configureOptions } from './options.ts'

/** `berth configure help` */
export const configurePage = (): Page => [
  [
    'NAME',
    [paragraph('configure - writes a profile for the registry on this machine, and tells docker how to log in')],
  ],
  [
    'DESCRIPTION',
    [
      paragraph(
        'Writes a profile that points at the registry on this machine, with the first access key of its data folder, once the registry has answered to that key. The profile is called berth; `export AWS_PROFILE=berth` uses it in a shell. Variables of the shell that come before the profile, such as AWS_ACCESS_KEY_ID, are named. Sections that somebody else wrote stay as they are. All other profiles are files to write, or `aws configure` writes them.',
      ),
      paragraph(
        'With --docker it prints what to add to the config.json of docker, for each host that a profile leads to. Clients of images then log in by themselves, by docker-credential-berth.',
      ),
    ],
  ],
  ['SYNOPSIS', [indented('configure'), ...configureOptions.map(option => indented(optionSynopsis(option), 1))]],
  [
    'OPTIONS',
    [
      ...configureOptions.map(describeOption),
      paragraph(
        '--profile gives the profile another name, and --ca-bundle is kept in it. --endpoint-url says where the registry serves; else its data folder tells.',
      ),
    ],
  ],
  globalSection(GLOBAL_OPTIONS),
  [
    'EXAMPLES',
    [
      indented('berth configure --local'),
      indented('export AWS_PROFILE=berth'),
      indented('berth ecr-public describe-repositories'),
      indented('berth configure --docker'),
    ],
  ],
]
