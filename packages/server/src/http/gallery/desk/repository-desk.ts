import { authorizeRepository } from '../../access/control-policies.ts'
import { html } from '../html.ts'
import { bytes, count, time } from '../parts/text.ts'
import type { DeskPart, DeskRepositoryAsked } from './desk.ts'
import { repositoryDeskHead } from './desk-head.ts'

/** The overview of one repository, for whoever may describe it. */
export const repositoryDesk: DeskPart<DeskRepositoryAsked> = {
  async get({ services: { context }, caller, path, named }) {
    const row = await authorizeRepository(context.metadata.rows, caller, 'DescribeRepositories', named)
    return {
      page: {
        title: `Manage ${path.name}`,
        body: html`${repositoryDeskHead(path, '')}
<dl class="facts left narrow"><dt>Images</dt><dd>${row.imageCount.toLocaleString('en')}</dd>
<dt>In the bin</dt><dd>${count(row.binCount, 'image')}, ${bytes(row.binBytes)}</dd>
<dt>Created</dt><dd>${time(row.createdAt)}</dd></dl>`,
      },
    }
  },
}
