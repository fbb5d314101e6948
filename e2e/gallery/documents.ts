import type { Registry } from '../support/registry.ts'

/** The document beside a page. Rejects where there is no such page. */
// biome-ignore lint/suspicious/noExplicitAny: untyped JSON
export async function galleryOf({ url }: Registry, path: string): Promise<any> {
  const answer = await fetch(`${url}/${path}`)
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}
