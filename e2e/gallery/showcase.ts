import { anonymous } from '../support/oci.ts'
import type { Registry } from '../support/registry.ts'
import { attachBundle } from './attach.ts'
import { OCI_INDEX, type Pushed, type Pusher, pusherOf } from './push.ts'

const ABOUT = `## A small web server

Serves **static files** from \`/srv\`, and nothing else. See the [documents](https://example.org/docs) or [below](#ports).

![build](https://example.org/badge.svg) [![licence](https://example.org/licence.svg)](https://example.org/licence)

- [x] HTTP/2
- [ ] HTTP/3

### Ports

| Port | For |
|-----:|-----|
| 80 | HTTP |
| 443 | HTTPS, with a certificate in \`/etc/tls\` |

> It keeps no state, so that any number of them may run.
`

const USAGE = `Run it with a folder of your own:

\`\`\`sh
docker run --rm --publish 8080:80 --volume "$PWD/site:/srv:ro" registry.example/acme/web-app:latest --listen 0.0.0.0:80
\`\`\`
`

/** That cosign signed it, how it was built, and what is in it. */
const STATEMENTS = [
  'https://sigstore.dev/cosign/sign/v1',
  'https://slsa.dev/provenance/v1',
  'https://cyclonedx.org/bom',
]

const configOf = (architecture: string, step: string) => ({
  created: '2026-11-29T08:00:00Z',
  author: 'Harbourworks',
  os: 'linux',
  architecture,
  ...(architecture === 'arm64' && { variant: 'v8' }),
  config: {
    User: 'www-data',
    ExposedPorts: { '80/tcp': {}, '443/tcp': {} },
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin', 'SITE=/srv'],
    Entrypoint: ['/usr/bin/serve'],
    Cmd: ['--listen', '0.0.0.0:80'],
    WorkingDir: '/srv',
    Labels: {
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.source': 'https://example.org/web-app',
      'org.opencontainers.image.title': 'Web app',
    },
  },
  rootfs: { type: 'layers', diff_ids: [] },
  history: [
    { created: '2026-11-28T08:00:00Z', created_by: '/bin/sh -c #(nop) ADD file:1f0e in /' },
    { created: '2026-11-29T08:00:00Z', created_by: `RUN /bin/sh -c apt-get install serve=${step} # buildkit` },
    { created: '2026-11-29T08:00:00Z', created_by: 'EXPOSE 80 443', empty_layer: true },
  ],
})

/** One version for two platforms, each with an attestation in BuildKit's form. */
async function version(to: Pusher, step: string, ...tags: string[]): Promise<Pushed> {
  const manifests: object[] = []
  for (const architecture of ['amd64', 'arm64']) {
    const image = await to.image({ config: configOf(architecture, step), layers: ['base', `${step} ${architecture}`] })
    const attestation = await to.image({
      config: { architecture: 'unknown', os: 'unknown', config: {}, rootfs: { type: 'layers', diff_ids: [] } },
      layers: [`provenance of ${step} ${architecture}`],
    })
    manifests.push({
      ...image,
      platform: { os: 'linux', architecture, ...(architecture === 'arm64' && { variant: 'v8' }) },
    })
    manifests.push({
      ...attestation,
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': image.digest,
      },
    })
  }
  return to.manifest(OCI_INDEX, { manifests }, ...tags)
}

export interface Showcase {
  /** `ALIAS/NAME`. */
  readonly main: string
  readonly latest: Pushed
}

/** A registry as a publisher would fill it. */
export async function fillShowcase(registry: Registry): Promise<Showcase> {
  const description = 'A small web server for the demo harbour, rebuilt each night.'
  const to = await pusherOf(registry, 'project-a/web-app', {
    ...{ description, aboutText: ABOUT, usageText: USAGE },
    operatingSystems: ['Linux'],
    architectures: ['x86-64', 'ARM 64'],
  })
  await version(to, '1.8', 'v1.8')
  await version(to, '1.9', 'v1.9')
  const latest = await version(to, '1.10', 'v1.10', 'latest', 'v1', 'stable')
  for (const predicate of [undefined, ...STATEMENTS]) await attachBundle(to, latest, predicate)
  await version(to, '1.10.1', 'stable')
  for (let build = 0; build < 55; build += 1)
    await to.image({ config: configOf('amd64', `nightly ${build % 20}`), layers: ['base'] }, `nightly-${build}`)
  for (const [name, about] of [
    ['project-a/queue', 'A queue that survives a restart.'],
    ['tools/backup', 'Copies a folder to another harbour, and checks that it came.'],
    ['base', ''],
  ] as const) {
    const small = await pusherOf(registry, name, about === '' ? undefined : { description: about })
    await small.image({ config: configOf('amd64', name), layers: ['base', name] }, 'latest')
  }
  await registry.control('CreateRepository', { repositoryName: 'not-yet' })
  return { main: `${registry.alias}/${to.name}`, latest }
}

/** Pulls as docker does, which looks where a tag leads and gets that by its digest; some by a tag alone. */
export async function pullShowcase({ url }: Registry, { main }: Showcase): Promise<void> {
  const client = await anonymous(url)
  const get = async (reference: string) => {
    const answer = await client.get(`${main}/manifests/${reference}`)
    if (!answer.ok) throw new Error(`${reference}: ${answer.status}`)
    return (await answer.json()) as { readonly manifests?: readonly { readonly digest: string }[] }
  }
  for (const tag of ['latest', 'latest', 'v1.9']) {
    const digest = await client.look(main, tag)
    const { manifests = [] } = await get(digest)
    // An image of an index is no pull of its own.
    await get(manifests[0]?.digest ?? digest)
  }
  await get('nightly-3')
}
