import type { ArgumentSpec } from '../../argv/parse-arguments.ts'
import type { DescribedOption } from '../help/layout.ts'

/** The options of `berth configure`, as they are parsed and as help tells of them. */
export const configureOptions: readonly (ArgumentSpec & DescribedOption)[] = [
  {
    name: '--local',
    key: 'local',
    arity: 'none',
    bare: true,
    documentation: 'Write a profile for the registry on this machine.',
  },
  {
    name: '--docker',
    key: 'docker',
    arity: 'none',
    bare: true,
    documentation:
      'Print what to add to the config.json of docker, podman and others, so that they log in by themselves. Nothing is written.',
  },
  {
    name: '--data-dir',
    key: 'data-dir',
    arity: 'one',
    form: 'folder',
    documentation:
      "The data folder of the registry. Else that which BERTH_DATA_DIR names or `data`, and then `data` in the program's own checkout.",
  },
  {
    name: '--as-default',
    key: 'as-default',
    arity: 'none',
    bare: true,
    documentation: 'Write the default profile, which then leads all AWS tools to this registry.',
  },
]
