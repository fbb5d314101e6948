import type { Digest } from '../../../domain/digest.ts'
import type { ImagePath } from '../../../domain/image-path.ts'
import { formatImagePath } from '../../../domain/image-path.ts'
import { type Html, html } from '../html.ts'

/** A command with a button that copies it, which is there where scripts run. */
const command = (text: string): Html =>
  html`<div class="pull"><code>${text}</code><button type="button" data-copy="${text}" aria-label="Copy ${text}" hidden>Copy</button></div>`

const WAYS = [
  ['docker', (image: string) => `docker pull ${image}`],
  ['podman', (image: string) => `podman pull ${image}`],
  ['skopeo', (image: string, name: string) => `skopeo copy docker://${image} oci:${name}`],
] as const

const named = (program: string, text: string): Html => html`<h3 class="how">${program}</h3>${command(text)}`

/** Docker's command, and those of the others behind a fold. */
function ways(image: string, name: string): Html {
  const [docker, ...others] = WAYS.map(([program, make]) => named(program, make(image, name)))
  return html`${docker}<details><summary>podman and skopeo</summary>${others}</details>`
}

/** Commands that pull an image: by its tag, where it has one, and by its digest, which is the same image for good. */
export function pullCommands(
  host: string,
  path: ImagePath,
  { tag, digest }: { tag: string | undefined; digest: Digest },
): Html {
  const uri = `${host}/${formatImagePath(path)}`
  const name = path.name.split('/').at(-1) ?? path.name
  const byDigest = `${uri}@${digest}`
  if (tag === undefined)
    return html`<section aria-labelledby="pull"><h2 id="pull">Pull</h2>${ways(byDigest, name)}</section>`
  const all = WAYS.map(([program, make]) => named(program, make(byDigest, name)))
  return html`<section aria-labelledby="pull"><h2 id="pull">Pull</h2>${ways(`${uri}:${tag}`, name)}<details><summary>By digest</summary>${all}</details></section>`
}
