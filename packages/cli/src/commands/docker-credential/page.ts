import { indented, type Page, paragraph } from '../help/layout.ts'

/** `berth docker-credential help` */
export const dockerCredentialPage = (): Page => [
  ['NAME', [paragraph('docker-credential - logs docker, podman and others in by themselves')]],
  [
    'DESCRIPTION',
    [
      paragraph(
        'What docker, podman, skopeo, buildah and others call by the name docker-credential-berth before they pull or push, so that no login is needed and none expires. `berth configure --docker` prints what to add to their file.',
      ),
      paragraph(
        'For the host and port of a profile that names an endpoint_url, it makes a password as `berth ecr-public get-login-password` does, by the credentials of that profile. It uses the first that leads exactly there: the environment and the chosen profile, the profile berth, the others in their order. The endpoint must be HTTPS, or on this machine. For every other host there are no credentials.',
      ),
      paragraph(
        'A password is kept for half of its life, in a file that only the user can read, below berth/logins in the cache folder (XDG_CACHE_HOME, else ~/.cache). erase removes it. Nothing is written to files of docker.',
      ),
    ],
  ],
  ['SYNOPSIS', [indented('docker-credential get | list | erase | version')]],
  ['EXAMPLES', [indented('echo 127.0.0.1:5000 | docker-credential-berth get')]],
]
