import type { CatalogData, RepositoryRow } from '../../../ports/rows/repositories/repositories.ts'
import { authorizeRepository } from '../../access/control-policies.ts'
import type { Form } from '../forms/read-form.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import { ARCHITECTURES, OPERATING_SYSTEMS } from '../parts/catalog-words.ts'
import { logoOf } from '../parts/logo.ts'
import type { Reply } from '../reply.ts'
import { type DeskPart, type DeskRepositoryAsked, sameVersion, tryCall, unlessChanged, versionField } from './desk.ts'
import { repositoryDeskHead } from './desk-head.ts'
import { boxes, doneNotice, linesOf, refusalNotice, textArea, textField } from './fields.ts'

type Texts = Omit<CatalogData, 'logoId'>

/** The most bytes of a logo, by the API. */
const LOGO_BYTES = 512_000

/** The page of what others read of a repository: its texts and its logo. */
export const catalog: DeskPart<DeskRepositoryAsked> = {
  async get(asked) {
    const row = await find(asked, 'GetRepositoryCatalogData')
    return show(asked, row, { texts: row.catalogData ?? {}, version: versionField(shownOf(row.catalogData)) })
  },

  async post(asked, form) {
    const texts = textsOf(form)
    if (form.text('do') === 'preview') {
      const row = await find(asked, 'GetRepositoryCatalogData')
      return show(asked, row, { texts, version: sameVersion(form), preview: await preview(asked, texts) })
    }
    const { path, named, caller } = asked
    const logo = form.file('logo')
    const catalogData = {
      ...texts,
      ...(logo !== undefined && { logoImageBlob: logo.toString('base64') }),
      ...(form.has('no-logo') && { logoImageBlob: '' }),
    }
    const input = { ...named, catalogData: JSON.parse(JSON.stringify(catalogData)) }
    const careful = unlessChanged(caller, form, {
      what: 'what is said of the repository',
      read: (_, now) => shownOf(now?.catalogData),
      becomes: now => {
        // Nobody knows of a logo whether it is the same.
        if (logo !== undefined) return undefined
        return shownOf({ ...texts, logoId: form.has('no-logo') ? undefined : now?.catalogData?.logoId })
      },
    })
    const done = await tryCall(asked, careful, 'PutRepositoryCatalogData', input)
    if ('output' in done) return { location: pathOf.manageRepository(path, 'catalog', { done: 'saved' }) }
    const row = await find(asked, 'GetRepositoryCatalogData')
    return { ...show(asked, row, { texts, version: sameVersion(form), refusal: done.refusal }), status: 400 }
  },

  async again(asked, form, { notice, versionField }) {
    const row = await find(asked, 'GetRepositoryCatalogData')
    return show(asked, row, { texts: textsOf(form), version: versionField(shownOf(row.catalogData)), notice })
  },
}

const find = ({ services: { context }, caller, named }: DeskRepositoryAsked, operation: 'GetRepositoryCatalogData') =>
  authorizeRepository(context.metadata.rows, caller, operation, named)

/** The catalog data in an order that does not hang on how it was stored. */
const shownOf = (data: CatalogData | undefined) =>
  [data?.description, data?.operatingSystems, data?.architectures, data?.aboutText, data?.usageText, data?.logoId].map(
    each => each ?? null,
  )

function textsOf(form: Form): Texts {
  const given = (name: string) => form.text(name).trim() || undefined
  const listed = (name: string) => {
    const all = [...new Set([...form.all(name), ...linesOf(form.text(`other-${name}`).replaceAll(',', '\n'))])]
    return all.length === 0 ? undefined : all
  }
  return {
    description: given('description'),
    operatingSystems: listed('systems'),
    architectures: listed('architectures'),
    aboutText: given('about'),
    usageText: given('usage'),
  }
}

async function preview({ services }: DeskRepositoryAsked, { aboutText, usageText }: Texts): Promise<Html> {
  const part = async (name: string, text: string | undefined, prefix: string) =>
    text !== undefined &&
    html`<h3>${name}</h3><div class="prose">${await services.renderMarkdown(text.slice(0, 25_600), prefix)}</div>`
  return html`<section class="panel" aria-labelledby="preview"><h2 id="preview">Preview <span class="badge held">not saved</span></h2>
${await part('About', aboutText, 'about-')}${await part('Usage', usageText, 'usage-')}${aboutText === undefined && usageText === undefined && html`<p class="quiet">There is no text yet.</p>`}</section>`
}

interface Shown {
  readonly texts: Texts
  readonly version: Html
  readonly notice?: Html
  readonly refusal?: string
  readonly preview?: Html
}

function show(asked: DeskRepositoryAsked, row: RepositoryRow, { texts, version, notice, refusal, preview }: Shown) {
  const { path, query, hidden } = asked
  const others = (all: readonly string[] | undefined, known: readonly string[]) =>
    (all ?? []).filter(each => !known.includes(each)).join(', ')
  return {
    page: {
      title: `Catalog data of ${path.name}`,
      body: html`${repositoryDeskHead(path, 'catalog')}${doneNotice(query)}${notice}${refusalNotice(refusal)}${preview}
<form class="panel" method="post" enctype="multipart/form-data" action="${pathOf.manageRepository(path, 'catalog')}">${hidden}${version}
${textArea({ name: 'description', label: 'Description', value: texts.description ?? '', hint: 'One or two sentences, shown in lists and in search.' }, { rows: 2, limit: 1_024 })}
${textArea({ name: 'about', label: 'About', value: texts.aboutText ?? '', hint: 'What the images are, in GitHub-flavoured Markdown.' }, { rows: 12 })}
${textArea({ name: 'usage', label: 'Usage', value: texts.usageText ?? '', hint: 'How to run them, in Markdown too.' }, { rows: 10 })}
${boxes('systems', 'Operating systems', OPERATING_SYSTEMS, new Set(texts.operatingSystems))}
${textField({ name: 'other-systems', label: 'Other operating systems', value: others(texts.operatingSystems, OPERATING_SYSTEMS), hint: 'With commas between.' }, { limit: 2_000 })}
${boxes('architectures', 'Architectures', ARCHITECTURES, new Set(texts.architectures))}
${textField({ name: 'other-architectures', label: 'Other architectures', value: others(texts.architectures, ARCHITECTURES), hint: 'With commas between.' }, { limit: 2_000 })}
<div class="field"><label for="logo">Logo</label><p class="quiet small" id="logo-hint">PNG, JPEG or GIF, 60 to 2,048 pixels a side, 500 KB at most. It is shown once your registry is verified. Without a file the logo stays.</p>
${row.catalogData?.logoId !== undefined && html`<p class="logo-now">${logoOf({ name: row.name, verified: true, catalogData: row.catalogData } as Parameters<typeof logoOf>[0], 64)}<label class="box"><input type="checkbox" name="no-logo"> Remove this logo</label></p>`}
<input id="logo" type="file" name="logo" accept="image/png,image/jpeg,image/gif" aria-describedby="logo-hint" data-most-bytes="${LOGO_BYTES}" data-too-large="That file is too large: a logo has 500 KB at most."></div>
<p class="actions"><button class="main" type="submit" name="do" value="save">Save</button> <button type="submit" name="do" value="preview">Preview</button></p></form>`,
    },
  } satisfies Reply
}
