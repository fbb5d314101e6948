// THIRD-PARTY-NOTICES.txt: what of other people's work a bundle holds, and the licences that ask to be passed on.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const LICENCE_FILE = /^(?:licen[cs]e|copying)(?:\.(?:md|txt))?$/i
const NOTICE_FILE = /^notice(?:\.(?:md|txt))?$/i

/**
 * What the bundler says of its work (`metafile`).
 *
 * @typedef {{ outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }> }} Metafile
 */

/**
 * The notices for what these builds have put into the outputs of a program. `folder` is what the paths of the metafiles
 * start from; `apache` is the text of the Apache License, for packages that name it and do not bring it. Throws where a
 * package has no licence text.
 *
 * @param {string} program
 * @param {{ metafiles: readonly Metafile[], folder: string, apache: string }} builds
 */
export function thirdPartyNotices(program, { metafiles, folder, apache }) {
  const packages = bundledFolders(metafiles).map(path => describe(join(folder, path), apache))
  packages.sort((a, b) => (a.name < b.name ? -1 : 1))
  const texts = [...new Set(packages.flatMap(each => each.texts))]
  const sections = texts.map(text => {
    const holders = packages.filter(each => each.texts.includes(text)).map(({ title }) => title)
    return `${'-'.repeat(80)}\n${holders.join('\n')}\n\n${text}\n`
  })
  const list = packages.map(({ title, licence }) => `  ${title} (${licence})`).join('\n')
  return `${program} holds code of these packages, under their own licences:\n\n${list}\n\n${sections.join('\n')}`
}

/**
 * The folders of the packages of which at least one byte is in an output.
 *
 * @param {readonly Metafile[]} metafiles
 */
function bundledFolders(metafiles) {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs)),
  )
  const paths = inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []))
  return [...new Set(paths.flatMap(path => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []))]
}

/**
 * @param {string} path
 * @param {string} apache
 */
function describe(path, apache) {
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
  const texts = (/** @type {RegExp} */ pattern) =>
    readdirSync(path).flatMap(file => (pattern.test(file) ? [tidy(readFileSync(join(path, file), 'utf8'))] : []))
  const licences = texts(LICENCE_FILE)
  if (licences.length === 0 && license === 'Apache-2.0') licences.push(tidy(apache))
  if (licences.length === 0) throw new Error(`${name} ${version} (${license}) brings no licence text to pass on`)
  return { name, title: `${name} ${version}`, licence: license, texts: [...licences, ...texts(NOTICE_FILE)] }
}

const tidy = (/** @type {string} */ text) =>
  text
    .replace(/\r\n/g, '\n')
    .replace(/[ \t]+$/gm, '')
    .trim()
