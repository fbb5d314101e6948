// A container image of berthd, made of Debian packages, Node and the programs. Nothing is pulled and nothing is run.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../prepare.mjs'
import { makeDebianRoot } from './debian-root.mjs'
import { PLACE, run } from './program-folder.mjs'

/** @typedef {import('./program-folder.mjs').Architecture} Architecture */
/** @typedef {import('./program-folder.mjs').Form} Form */

/** The user that the server runs as. It is nobody's on a machine. */
const USER = 65532

/** What a runtime reads of the image. packaging/Dockerfile says the same, and a test compares them. */
export const CONFIG = {
  User: `${USER}:${USER}`,
  ExposedPorts: { '5000/tcp': {} },
  Env: [`PATH=${PLACE}/bin`, 'BERTH_HOST=0.0.0.0', 'BERTH_DATA_DIR=/data', 'HOME=/data'],
  Entrypoint: [`${PLACE}/bin/node`, `${PLACE}/server/dist/berthd.js`],
  Cmd: ['serve'],
  Volumes: { '/data': {} },
  WorkingDir: '/data',
  StopSignal: 'SIGTERM',
  Healthcheck: {
    Test: ['CMD', `${PLACE}/bin/node`, `${PLACE}/healthy.mjs`],
    Interval: 30_000_000_000,
    Timeout: 5_000_000_000,
    StartPeriod: 10_000_000_000,
  },
}

/**
 * Makes `image-ARCHITECTURE` in `into`, a folder in the OCI layout (OCI Image Layout Specification), of the folder that
 * `makeProgramFolder` has made.
 *
 * @param {string} into
 * @param {string} programs
 * @param {Form} form
 */
export function makeImage(into, programs, { architecture, isCompressed }) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const layout = join(into, `image-${architecture}`)
  const scratch = mkdtempSync(join(tmpdir(), 'berth-image-'))
  try {
    const folders = makeFolders(scratch, programs, architecture)
    rmSync(layout, { recursive: true, force: true })
    mkdirSync(join(layout, 'blobs/sha256'), { recursive: true })
    const layers = folders.map(({ folder, owner }) => {
      const tar = archive(scratch, folder, owner)
      return isCompressed ? storeCompressed(layout, tar) : storeAsItIs(layout, tar)
    })
    const config = put(layout, 'application/vnd.oci.image.config.v1+json', {
      created: commitTime(),
      architecture,
      os: 'linux',
      config: { ...CONFIG, Labels: labels(version) },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: folders.map(({ about }) => ({ created: commitTime(), created_by: about })),
    })
    const manifest = put(layout, 'application/vnd.oci.image.manifest.v1+json', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config,
      layers: layers.map(({ diffId: _, ...descriptor }) => descriptor),
    })
    const annotations = { 'org.opencontainers.image.ref.name': version }
    write(layout, 'index.json', { schemaVersion: 2, manifests: [{ ...manifest, annotations }] })
    write(layout, 'oci-layout', { imageLayoutVersion: '1.0.0' })
    return { layout, tag: version, sizeBytes: layers.reduce((sum, { size }) => sum + size, config.size) }
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

/**
 * What changes seldom comes first, since clients have it already.
 *
 * @param {string} scratch
 * @param {string} programs
 * @param {Architecture} architecture
 */
function makeFolders(scratch, programs, architecture) {
  const folder = (/** @type {string} */ name) => join(scratch, name)
  makeDebianRoot(folder('debian'), architecture)
  mkdirSync(join(folder('debian'), 'etc'), { recursive: true })
  writeFileSync(join(folder('debian'), 'etc/passwd'), `root:x:0:0::/:/\nberth:x:${USER}:${USER}::/data:/\n`)
  writeFileSync(join(folder('debian'), 'etc/group'), `root:x:0:\nberth:x:${USER}:\n`)

  const bin = join(programs, 'bin')
  cpSync(bin, join(folder('node'), PLACE, 'bin'), { recursive: true })
  cpSync(programs, join(folder('all'), PLACE), { recursive: true, filter: each => each !== bin })

  mkdirSync(join(folder('data'), 'data'), { recursive: true })
  chmodSync(join(folder('data'), 'data'), 0o700)
  mkdirSync(join(folder('data'), 'tmp'))
  chmodSync(join(folder('data'), 'tmp'), 0o1777)
  return [
    { folder: folder('debian'), owner: 0, about: 'Debian packages that Node needs' },
    { folder: folder('node'), owner: 0, about: 'Node.js' },
    { folder: folder('all'), owner: 0, about: 'berthd and berth' },
    { folder: folder('data'), owner: USER, about: 'an empty data folder' },
  ]
}

/**
 * Makes the archive of a layer. The same files make the same bytes, whenever that is.
 *
 * @param {string} scratch
 * @param {string} folder
 * @param {number} owner
 */
function archive(scratch, folder, owner) {
  const file = join(scratch, 'layer.tar')
  const same = [
    '--sort=name',
    '--mtime=@0',
    '--numeric-owner',
    `--owner=${owner}`,
    `--group=${owner}`,
    '--format=posix',
  ]
  const header = '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime'
  run('tar', ['--create', `--file=${file}`, ...same, header, `--directory=${folder}`, ...readdirSync(folder).sort()])
  return file
}

/**
 * @param {string} layout
 * @param {string} tar
 */
function storeAsItIs(layout, tar) {
  const layer = store(layout, readFileSync(tar), 'application/vnd.oci.image.layer.v1.tar')
  return { ...layer, diffId: layer.digest }
}

/**
 * @param {string} layout
 * @param {string} tar
 */
function storeCompressed(layout, tar) {
  const diffId = digestOf(readFileSync(tar))
  run('gzip', ['--no-name', '--force', '-6', tar])
  return { ...store(layout, readFileSync(`${tar}.gz`), 'application/vnd.oci.image.layer.v1.tar+gzip'), diffId }
}

/**
 * @param {string} layout
 * @param {Buffer} bytes
 * @param {string} mediaType
 */
function store(layout, bytes, mediaType) {
  const digest = digestOf(bytes)
  writeFileSync(join(layout, 'blobs', digest.replace(':', '/')), bytes)
  return { mediaType, digest, size: bytes.length }
}

const put = (/** @type {string} */ layout, /** @type {string} */ mediaType, /** @type {object} */ content) =>
  store(layout, Buffer.from(JSON.stringify(content)), mediaType)

const write = (/** @type {string} */ layout, /** @type {string} */ name, /** @type {object} */ content) =>
  writeFileSync(join(layout, name), JSON.stringify(content))

const digestOf = (/** @type {Buffer} */ bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** When what is in the image was last changed: the image is the same however often it is made. */
function commitTime() {
  const { stdout } = spawnSync('git', ['log', '-1', '--format=%cI'], { cwd: root, encoding: 'utf8' })
  return new Date(stdout?.trim() || statSync(join(root, 'package.json')).mtime).toISOString()
}

/**
 * The annotations that the OCI Image Specification names.
 *
 * @param {string} version
 */
function labels(version) {
  const name = (/** @type {string} */ key) => `org.opencontainers.image.${key}`
  return {
    [name('title')]: 'berthd',
    [name('description')]: 'A public container registry that speaks OCI Distribution and the Amazon ECR Public API',
    [name('version')]: version,
    [name('licenses')]: 'Apache-2.0',
  }
}
